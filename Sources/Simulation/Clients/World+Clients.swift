import ManagerCore
import Model

/// Requests of clients on their way to the API and back.
extension World {
    func act(_ client: Int) {
        guard clients[client].request == nil else { return }
        if !clients[client].todo.isEmpty {
            ask(client, clients[client].todo.removeFirst())
        } else if let command = plannedCommand(client) {
            ask(client, command)
        } else if !isHealed, plan.isBusy, now > 20_000 {
            if let command = imagine(client) {
                ask(client, command)
            } else {
                actAgain(client)
            }
        } else if !isHealed {
            actAgain(client)
        }
    }

    /// What was planned for now, if anything was: the first client asks for it.
    private func plannedCommand(_ client: Int) -> Command? {
        guard client == 0, !isHealed else { return nil }
        while let change = plan.changes[clients[0].changesAsked...].first, change.at <= now {
            clients[0].changesAsked += 1
            if let command = change.command(manager.disk.state) { return command }
        }
        return nil
    }

    private func actAgain(_ client: Int) {
        let isHurried = plan.has(.clientRace)
        let pause = clients[client].chance.within(isHurried ? 200...8_000 : 2_000...20_000)
        let isFollowedUp = !clients[client].todo.isEmpty
        agenda.add(.clientActs(client), at: now + (isFollowedUp ? 50 : pause))
    }

    private func ask(_ client: Int, _ command: Command) {
        let request = clients[client].begin(command)
        if trace.isOn { log("c\(client)", "asks: \(Self.text(command))") }
        post(request, of: client)
    }

    private func post(_ request: Client.Request, of client: Int) {
        let delay = clients[client].chance.within(1...20)
        let patience = clients[client].chance.within(1_500...4_000)
        agenda.add(
            .requestArrives(client: client, request: request.number, attempt: request.attempt),
            at: now + delay)
        agenda.add(
            .clientRetries(client: client, request: request.number, attempt: request.attempt),
            at: now + patience)
    }

    func requestArrives(_ client: Int, _ number: Int, _ attempt: Int) {
        guard let process = manager.process, let request = clients[client].request,
            request.number == number, request.attempt == attempt
        else { return }
        let call = process.add(.request(client: client, request: number, attempt: attempt))
        if !post(.command(call, request.command)) { _ = process.take(call) }
    }

    /// The answer, as the manager's shell lets it go.
    func answer(_ reply: EffectBuffer.Reply) {
        guard
            case .request(let client, let number, let attempt) = manager.process?.take(reply.call)
        else { return }
        if let request = clients[client].request, request.number == number {
            checker.answered(request.command, reply.result, at: now)
            observe(request.command, reply.result)
        }
        let lost = faultChances[FaultKind.clientRetry.rawValue].happens(100)
        if lost, plan.has(.clientRetry), !isHealed { return }
        agenda.add(
            .answerArrives(client: client, request: number, attempt: attempt, reply.result),
            at: now + clients[client].chance.within(1...20))
    }

    func answerArrives(
        _ client: Int, _ number: Int, _ attempt: Int, _ result: Result<Outcome, APIError>
    ) {
        guard let request = clients[client].request, request.number == number,
            request.attempt == attempt
        else { return }
        if trace.isOn { log("c\(client)", "is answered: \(Self.text(result))") }
        if attempt > 1 {
            reach(.clientRetried)
            if case .success(.tasks(_, _)) = result { reach(.tasksAskedForAgain) }
        }
        clients[client].request = nil
        actAgain(client)
    }

    func retry(_ client: Int, _ number: Int, _ attempt: Int) {
        guard let request = clients[client].request, request.number == number,
            request.attempt == attempt
        else { return }
        guard attempt < Client.attemptsMaximum else {
            reach(.clientGaveUp)
            clients[client].request = nil
            return actAgain(client)
        }
        let again = Client.Request(number: number, attempt: attempt + 1, command: request.command)
        clients[client].request = again
        post(again, of: client)
    }
}
