import ManagerCore
import Model
import WorkerCore

/// Faults as they occur, each kind at moments of its own.
extension World {
    func scheduleNext(_ kind: FaultKind) {
        let mean = plan.intensity[kind.rawValue]
        let pause = faultChances[kind.rawValue].within(mean / 3...mean * 5 / 3)
        agenda.add(.fault(kind), at: now + pause)
    }

    func occur(_ kind: FaultKind) {
        guard !isHealed else { return }
        if kind != .starvation { scheduleNext(kind) }
        switch kind {
        case .clog, .oneWay, .partition, .reset, .streamEnd: troubleNetwork(kind)
        case .managerCrash, .managerPause, .starvation, .slowDisk, .fullDisk: troubleManager(kind)
        case .agentCrash, .powerLoss, .hostPause, .wallJump: troubleHost(kind)
        case .loss, .delay, .duplication, .reordering, .tornTail, .drift, .startFailure,
            .earlyExit, .exitRace, .stopHang, .outOfMemory, .pullFailure, .clientRetry,
            .clientRace, .operators, .taskLimit, .healthFlap:
            // These go on all the time, each where it belongs.
            break
        }
    }

    private func draw(_ kind: FaultKind, _ range: ClosedRange<Int64>) -> Int64 {
        faultChances[kind.rawValue].within(range)
    }

    /// A host that is not sheltered.
    private func victim(_ kind: FaultKind) -> Int? {
        let worker = faultChances[kind.rawValue].below(workers.count)
        return plan.isSheltered(worker) ? nil : worker
    }

    // MARK: The network

    private func troubleNetwork(_ kind: FaultKind) {
        let length = faultChances[kind.rawValue].skewed(upTo: 60_000)
        switch kind {
        case .clog:
            guard let worker = victim(kind) else { return }
            routes[worker].cloggedUntil = now + length
            routes[worker].clogDelay = draw(kind, 200...4_000)
            log("w\(worker)", "its link is clogged for \(length) ms")
            show(kind, worker: worker, for: length)
            reach(.linkClogged)
        case .oneWay:
            guard let worker = victim(kind) else { return }
            block(worker, faultChances[kind.rawValue].below(2) == 0 ? [0] : [1], for: length)
            show(kind, worker: worker, for: length)
            reach(.oneWayLink)
        case .partition:
            let share = draw(kind, 1...10)
            var count = 0
            for worker in workers.indices where !plan.isSheltered(worker) {
                guard draw(kind, 1...10) <= share else { continue }
                block(worker, [0, 1], for: length)
                show(kind, worker: worker, for: length)
                count += 1
            }
            if count > 1 { reach(.groupPartition) }
        case .reset:
            guard let worker = victim(kind) else { return }
            show(kind, worker: worker)
            breakConnections(of: worker)
        case .streamEnd: endStreams()
        default: return
        }
    }

    private func block(_ worker: Int, _ directions: [Int], for length: Int64) {
        for direction in directions {
            routes[worker].blockedUntil[direction] =
                max(routes[worker].blockedUntil[direction], now + length)
        }
        log("w\(worker)", "its link passes nothing in \(directions) for \(length) ms")
    }

    private func endStreams() {
        guard let process = manager.process, !isPaused(.manager) else { return }
        for worker in workers.indices where !plan.isSheltered(worker) {
            guard let session = workers[worker].agent?.session,
                let stream = process.sessions.detach(session)
            else { continue }
            reach(.streamsEnded)
            end(stream, WorkerRefusal(.unavailable, "a proxy ended the stream"))
        }
    }

    private func breakConnections(of worker: Int) {
        reach(.connectionReset)
        for number in connections.keys.sorted() {
            guard let connection = connections[number], connection.worker == worker,
                connection.isOpenAtWorker, connection.isOpenAtManager
            else { continue }
            connection.pipes[0].messages.removeAll()
            connection.pipes[1].messages.removeAll()
            send(.closed, on: number, .toManager)
            send(.closed, on: number, .toWorker)
        }
    }

    // MARK: The manager

    private func troubleManager(_ kind: FaultKind) {
        switch kind {
        case .managerCrash:
            guard manager.process != nil else { return }
            if routes.contains(where: { $0.blockedUntil[0] > now }) {
                reach(.managerCrashDuringPartition)
            }
            reach(.managerCrashed)
            crashManager()
            let isLong = faultChances[kind.rawValue].happens(200)
            let delay = isLong ? draw(kind, 10_000...60_000) : draw(kind, 100...3_000)
            showManager(kind, for: delay)
            agenda.add(.managerStarts, at: now + delay)
        case .managerPause:
            guard manager.process != nil else { return }
            let length = faultChances[kind.rawValue].skewed(upTo: 30_000)
            if length > plan.settings.heartbeat.lease { reach(.managerPausedBeyondLease) }
            log("manager", "stands still for \(length) ms")
            showManager(kind, for: length)
            pause(.manager, for: length)
        case .starvation:
            let length = draw(kind, 100...900)
            // It comes in bouts.
            if faultChances[kind.rawValue].happens(800) {
                agenda.add(.fault(.starvation), at: now + draw(kind, 1_000...1_500))
            } else {
                scheduleNext(kind)
            }
            guard manager.process != nil else { return }
            reach(.managerStarved)
            showManager(kind, for: length)
            pause(.manager, for: length)
        case .slowDisk:
            reach(.diskSlow)
            manager.disk.slowUntil = now + draw(kind, 1_000...20_000)
            showManager(kind, for: manager.disk.slowUntil - now)
        case .fullDisk: manager.disk.fullUntil = now + draw(kind, 500...10_000)
        default: return
        }
    }

    // MARK: Hosts

    private func troubleHost(_ kind: FaultKind) {
        let worker = faultChances[kind.rawValue].below(workers.count)
        let isSheltered = plan.isSheltered(worker)
        switch kind {
        case .agentCrash:
            let delay = draw(kind, 50...8_000)
            if isSheltered { return }
            if !workers[worker].runtime.liveContainers.isEmpty { reach(.agentDiedContainersLived) }
            killAgent(worker, startsAfter: delay)
        case .powerLoss:
            let delay = draw(kind, 2_000...90_000)
            let keeps = faultChances[kind.rawValue].happens(500)
            if isSheltered { return }
            reach(keeps ? .powerLostRecordsKept : .powerLostRecordsLost)
            cutPower(worker, bootsAfter: delay, keepsRecords: keeps)
        case .hostPause: pauseHost(worker, isSheltered)
        case .wallJump:
            let jump = draw(kind, -600_000...600_000)
            reach(.wallClockJumped)
            if worker == 0 {
                manager.clock.wallShift += jump
            } else {
                workers[worker].clock.wallShift += jump
            }
        default: return
        }
    }

    private func pauseHost(_ worker: Int, _ isSheltered: Bool) {
        let chance = FaultKind.hostPause.rawValue
        let length = faultChances[chance].skewed(upTo: 40_000)
        let heartbeat = plan.settings.heartbeat
        let lease = heartbeat.lease
        guard isSheltered else {
            reach(length > lease ? .workerPausedBeyondLease : .workerPausedBelowLease)
            show(.hostPause, worker: worker, for: length)
            return pause(.worker(worker), for: length)
        }
        // With all that a heartbeat may take besides, it still comes within the lease.
        let most = lease - heartbeat.period * 6 / 5 - 300
        guard most > 50, now - workers[worker].lastPaused > 3 * lease else { return }
        workers[worker].lastPaused = now
        reach(.shelteredWorkerPaused)
        show(.hostPause, worker: worker, for: min(length, most))
        pause(.worker(worker), for: min(length, most))
    }
}
