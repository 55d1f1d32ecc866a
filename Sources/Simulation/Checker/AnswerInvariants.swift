import ClusterState
import HashTreeCollections
import Model
import OrderedCollections

/// What clients were told.
struct AnswerWatch {
    /// Tasks that ever were in the history.
    var everSeen: Set<TaskID> = []
    /// The tasks that each client token stands for.
    private(set) var tasksOfToken: [String: [TaskID]] = [:]

    mutating func remember(_ tasks: [TaskID], of token: String) {
        if tasksOfToken[token] == nil { tasksOfToken[token] = tasks }
    }
}

/// The same token gives the same answer; every refusal explains itself; what was answered is there.
extension Checker {
    func answered(
        _ command: Command, _ result: Result<Outcome, APIError>, at time: Int64
    ) {
        now = time
        switch result {
        case .failure(let error):
            expect(!error.message.isEmpty, "every refusal explains itself", "\(command)")
        case .success(let outcome):
            checkDurable(outcome)
            if case .runTask(let request) = command, case .tasks(let tasks, let failures) = outcome
            {
                check(tasks, failures, of: request)
            }
        }
    }

    private func checkDurable(_ outcome: Outcome) {
        switch outcome {
        case .service(let service):
            expect(
                state.services[service.id] != nil, "an answer is durable",
                "service \(service.name)")
        case .task(let task):
            expect(answers.everSeen.contains(task.id), "an answer is durable", "task \(task.id)")
        case .tasks(let tasks, _):
            for task in tasks {
                expect(
                    answers.everSeen.contains(task.id), "an answer is durable", "task \(task.id)")
            }
        default: break
        }
    }

    private func check(
        _ tasks: [ECSTask], _ failures: [PlacementFailure], of request: RunTask
    ) {
        for failure in failures {
            expect(
                !failure.reason.isEmpty, "every placement that is refused explains itself",
                "\(request.request.taskDefinition.family)")
        }
        expect(
            tasks.count + failures.count <= request.count, "no more tasks than were asked for",
            "\(tasks.count) of \(request.count)")
        guard let token = request.clientToken, !tasks.isEmpty else { return }
        let ids = tasks.map(\.id).sorted()
        guard let earlier = answers.tasksOfToken[token] else {
            return answers.remember(ids, of: token)
        }
        // What was forgotten meanwhile can't be told again, or was when the answer was made.
        let known = earlier.filter { state.tasks[$0] != nil }
        expect(
            known.isEmpty || ids.allSatisfy(earlier.contains) && known.allSatisfy(ids.contains),
            "the same token gives the same answer",
            "token \(token): \(ids.count) tasks, then \(earlier.count)")
    }
}
