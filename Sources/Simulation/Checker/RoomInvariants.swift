import ClusterState
import HashTreeCollections
import Model
import OrderedCollections

/// What tasks hold of their instances, counted without the product's own tables.
struct Rooms {
    struct Room {
        var cpu = 0
        var memory = 0
        var ports: [Int: Int] = [:]
    }

    private(set) var rooms: [InstanceID: Room] = [:]

    mutating func count(_ task: ECSTask, by sign: Int) {
        rooms[task.instance, default: Room()].cpu += sign * task.reserved.cpu
        rooms[task.instance, default: Room()].memory += sign * task.reserved.memory
        for port in task.reserved.tcpPorts {
            rooms[task.instance, default: Room()].ports[port, default: 0] += sign
        }
    }
}

/// No instance is promised to more than it has room for.
extension Checker {
    func checkRooms(_ record: ChangeRecord, _ before: ClusterState) {
        guard case .task(let task) = record.change else { return }
        let old = before.tasks[task.id]
        let held = old.map { $0.lastStatus != .stopped } ?? false
        let holds = task.lastStatus != .stopped
        if held, !holds, let old { rooms.count(old, by: -1) }
        guard holds, !held else { return }
        rooms.count(task, by: 1)
        guard let instance = state.instances[task.instance],
            let room = rooms.rooms[task.instance]
        else { return fail("a task is on an instance", "task \(task.id) is on none") }
        expect(
            room.cpu <= instance.registered.cpu, "no instance is oversubscribed in CPU",
            "\(instance.name): \(room.cpu) of \(instance.registered.cpu) with task \(task.id)")
        expect(
            room.memory <= instance.registered.memory,
            "no instance is oversubscribed in memory",
            "\(instance.name): \(room.memory) of \(instance.registered.memory)")
        for port in task.reserved.tcpPorts {
            expect(
                room.ports[port] == 1 && !instance.registered.tcpPorts.contains(port),
                "a host port is given once", "\(instance.name): port \(port), task \(task.id)")
        }
        expect(
            instance.status == .active && instance.agentConnected,
            "tasks go to connected, ACTIVE instances only", "\(instance.name), task \(task.id)")
    }
}
