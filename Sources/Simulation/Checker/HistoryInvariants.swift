import ClusterState
import HashTreeCollections
import Model

/// What holds between a record and those before it: revisions grow by one, a status never goes
/// back, a task never moves and is never wanted again.
extension Checker {
    func checkOrder(of record: ChangeRecord) {
        expect(
            record.revision == state.revision + 1, "revisions grow by one",
            "revision \(record.revision) came after \(state.revision)")
        expect(!record.cause.isEmpty, "each record has a cause", "revision \(record.revision)")
    }

    func check(_ task: ECSTask, after old: ECSTask?) {
        expect(
            task.lastStatus != .stopped
                || task.desiredStatus == .stopped && task.stoppedAt != nil
                    && task.containers.allSatisfy { $0.lastStatus == .stopped },
            "a stopped task is stopped in all its parts", "task \(task.id)")
        expect(
            task.lastStatus != .stopped || task.stopCode != nil || task.stoppedReason != nil,
            "a stopped task says why", "task \(task.id)")
        checkEnd(of: task)
        guard let old else {
            expect(
                task.lastStatus == .pending && task.desiredStatus == .running,
                "a task begins PENDING", "task \(task.id) began \(task.lastStatus.name)")
            expect(
                answers.everSeen.insert(task.id).inserted, "a task is placed once",
                "task \(task.id) came into being twice")
            return
        }
        expect(
            task.lastStatus >= old.lastStatus, "a status never goes back",
            "task \(task.id): \(old.lastStatus.name) to \(task.lastStatus.name)")
        expect(
            old.desiredStatus == .running || task.desiredStatus == .stopped,
            "a task is never wanted again", "task \(task.id)")
        expect(
            task.instance == old.instance, "a task never moves",
            "task \(task.id): \(old.instance) to \(task.instance)")
        for (before, after) in zip(old.containers, task.containers) {
            expect(
                after.lastStatus >= before.lastStatus, "a container's status never goes back",
                "task \(task.id), container \(after.name)")
        }
        expect(
            task.version > old.version || task.tags != old.tags, "a task's version grows",
            "task \(task.id)")
    }

    func checkRemoval(of id: TaskID) {
        expect(
            state.tasks[id]?.lastStatus == .stopped, "only stopped tasks are forgotten",
            "task \(id)")
    }

    func check(
        _ instance: ContainerInstance, after old: ContainerInstance?, _ record: ChangeRecord
    ) {
        guard let old else { return }
        expect(
            instance.epoch >= old.epoch, "an instance's epoch never goes back",
            "instance \(instance.name): \(old.epoch) to \(instance.epoch)")
        expect(
            instance.status != .active || old.status != .inactive,
            "a deregistered instance never comes back", "instance \(instance.name)")
    }
}
