import Model

/// What a registration tells of the worker's tasks, within what a message can carry. Tasks beyond
/// that are only named, as PENDING, which moves no status: the manager must not take them for gone.
struct Inventory {
    private(set) var reports: [TaskReport] = []
    /// Tasks whose reports are still to be told.
    private(set) var namedOnly: Set<TaskID> = []

    init(_ all: [TaskReport], bytesMaximum: Int) {
        var bytes = 0
        reports.reserveCapacity(all.count)
        for report in all {
            bytes += report.roughSize
            if bytes <= bytesMaximum {
                reports.append(report)
            } else {
                reports.append(TaskReport(task: report.task, status: .pending))
                namedOnly.insert(report.task)
            }
        }
    }
}

extension TaskReport {
    /// No less than its bytes on the wire.
    fileprivate var roughSize: Int {
        containers.reduce(96 + (reason?.utf8.count ?? 0)) { size, container in
            size + 48 + container.name.utf8.count + (container.reason?.utf8.count ?? 0)
                + (container.runtimeID?.utf8.count ?? 0)
                + (container.imageDigest?.utf8.count ?? 0)
                + (container.address?.utf8.count ?? 0)
                + container.networkBindings.reduce(0) { $0 + 24 + $1.bindIP.utf8.count }
        }
    }
}
