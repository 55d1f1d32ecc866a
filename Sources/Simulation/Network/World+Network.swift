import DequeModule
import Model
import OrderedCollections
import WorkerCore

/// What the network does to messages.
extension World {
    /// Sends a message on its way.
    func send(_ message: Message, on number: Int, _ direction: Direction) {
        guard let connection = connections[number] else { return }
        var message = message
        if plan.usesWire {
            guard let read = message.throughTheWire() else {
                checker.fail("the wire carries values unchanged", "\(message)")
                return
            }
            message = read
        }
        if plan.transport == .calls, message.isUnary {
            sendByItself(message, on: number, direction, worker: connection.worker)
        } else {
            let due = max(
                now + delay(of: connection.worker), connection.pipes[direction.rawValue].lastDue)
            push(message, due: due, on: number, direction)
        }
        if plan.has(.duplication), isTroubled(connection.worker), message.isUnary,
            direction == .toManager, network.happens(4)
        {
            reach(.callRepeated)
            agenda.add(
                .stray(connection: number, direction, message),
                at: now + delay(of: connection.worker) + network.within(0...300))
        }
    }

    private func push(_ message: Message, due: Int64, on number: Int, _ direction: Direction) {
        let index = direction.rawValue
        let isFirst = connections[number]?.pipes[index].messages.isEmpty == true
        connections[number]?.pipes[index].messages.append((due, message))
        connections[number]?.pipes[index].lastDue = due
        if isFirst { agenda.add(.arrival(connection: number, direction), at: due) }
    }

    private func sendByItself(
        _ message: Message, on number: Int, _ direction: Direction, worker: Int
    ) {
        if plan.has(.loss), isTroubled(worker), network.happens(8) {
            reach(.callLost)
            return
        }
        var due = now + delay(of: worker)
        if plan.has(.reordering), isTroubled(worker), network.happens(60) {
            due += network.within(1...800)
            reach(.callsReordered)
        }
        agenda.add(.stray(connection: number, direction, message), at: due)
    }

    /// How long a message takes now. Lost packets are sent again, later each time.
    private func delay(of worker: Int) -> Int64 {
        let route = routes[worker]
        var delay = route.base + network.within(0...3)
        guard isTroubled(worker) else { return delay }
        if plan.has(.delay), network.happens(50) { delay += network.within(1...250) }
        if plan.has(.loss), network.happens(15) {
            delay += network.happens(200) ? 800 : 210
        }
        if route.cloggedUntil > now { delay += network.within(0...route.clogDelay) }
        return delay
    }

    /// Whether faults of the network touch a worker's link now.
    private func isTroubled(_ worker: Int) -> Bool { !isHealed && !plan.isSheltered(worker) }

    /// When a message that is there now may pass, if not at once.
    private func passesAt(_ worker: Int, _ direction: Direction) -> Int64? {
        let until = routes[worker].blockedUntil[direction.rawValue]
        return until > now ? until + network.within(1...400) : nil
    }

    // MARK: Arrivals

    func arrive(on number: Int, _ direction: Direction) {
        guard let connection = connections[number] else { return }
        if let later = passesAt(connection.worker, direction) {
            agenda.add(.arrival(connection: number, direction), at: later)
            return
        }
        // The process that stands still leaves it in the kernel's buffer.
        if let later = standsStillUntil(connection, direction) {
            agenda.add(.arrival(connection: number, direction), at: later)
            return
        }
        let index = direction.rawValue
        // After a reset an arrival can be left over from what was lost.
        guard let first = connection.pipes[index].messages.first, first.due <= now else { return }
        let message = connection.pipes[index].messages.removeFirst().message
        if let next = connections[number]?.pipes[index].messages.first {
            agenda.add(.arrival(connection: number, direction), at: max(now, next.due))
        }
        deliver(message, on: number, direction)
        if connections[number]?.isOver == true { connections[number] = nil }
    }

    func strayArrives(on number: Int, _ direction: Direction, _ message: Message) {
        guard let connection = connections[number] else { return }
        let later =
            passesAt(connection.worker, direction) ?? standsStillUntil(connection, direction)
        if let later {
            agenda.add(.stray(connection: number, direction, message), at: later)
            return
        }
        deliver(message, on: number, direction)
    }

    private func standsStillUntil(_ connection: Connection, _ direction: Direction) -> Int64? {
        let node: Node = direction == .toManager ? .manager : .worker(connection.worker)
        guard let until = pausedUntil[node], until > now else { return nil }
        return until
    }

    private func deliver(_ message: Message, on number: Int, _ direction: Direction) {
        guard let connection = connections[number] else { return }
        switch direction {
        case .toManager:
            guard connection.isOpenAtManager, manager.process != nil,
                manager.run == connection.manager
            else {
                // Nobody has this connection any more: it is reset.
                if connection.isOpenAtWorker, message.isNotClosed {
                    push(.closed, due: now + delay(of: connection.worker), on: number, .toWorker)
                }
                return
            }
            if trace.isOn { log("w\(connection.worker)>m", "#\(number) \(message.name)") }
            managerReceives(message, on: number)
        case .toWorker:
            let worker = connection.worker
            guard connection.isOpenAtWorker, workers[worker].run == connection.agent,
                workers[worker].agent != nil
            else {
                if connection.isOpenAtManager, message.isNotClosed {
                    push(.closed, due: now + delay(of: worker), on: number, .toManager)
                }
                return
            }
            if trace.isOn { log("m>w\(worker)", "#\(number) \(message.name)") }
            workerReceives(message, on: number, connection.link, worker)
        }
    }

    // MARK: Connections

    func connect(_ link: LinkID, worker: Int) {
        lastConnection += 1
        let number = lastConnection
        connections[number] = Connection(
            worker: worker, agent: workers[worker].run, link: link, manager: manager.run)
        workers[worker].connections[link] = number
        if manager.process == nil { connections[number]?.isOpenAtManager = false }
        send(.hello, on: number, .toManager)
    }

    /// The worker's end closes.
    func disconnect(_ link: LinkID, worker: Int) {
        guard let number = workers[worker].connections.removeValue(forKey: link) else { return }
        connections[number]?.isOpenAtWorker = false
        send(.closed, on: number, .toManager)
    }

    /// The worker's process is gone. Its kernel says so, if it is still there.
    func dropConnections(of worker: Int, isSilent: Bool) {
        for link in workers[worker].connections.keys {
            guard let number = workers[worker].connections[link] else { continue }
            connections[number]?.isOpenAtWorker = false
            if !isSilent { send(.closed, on: number, .toManager) }
        }
        workers[worker].connections = [:]
    }
}

extension Message {
    fileprivate var isNotClosed: Bool {
        if case .closed = self { return false }
        return true
    }
}
