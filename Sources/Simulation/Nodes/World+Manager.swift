import ClusterState
import ManagerCore
import Model

/// The manager's process: its loop, journal and silence, as its shell runs them.
extension World {
    func isCurrent(_ run: UInt64) -> Bool { manager.run == run && manager.process != nil }

    var managerMoment: Moment { manager.clock.moment(at: now) }

    func startManager() {
        guard manager.process == nil else { return }
        let state = manager.disk.recover()
        checker.recovered(at: state.revision, now)
        let moment = managerMoment
        let loop = CoreLoop(
            recovered: state, settings: plan.settings,
            bounds: CoreLoop.Bounds(batches: plan.unsettledBatchesMaximum, records: 2_000),
            seed: ids.seed(), at: moment)
        manager.run += 1
        manager.process = ManagerProcess(
            loop: loop,
            leases: LeaseTable(settings: plan.settings.heartbeat, now: moment.monotonic))
        log("manager", "starts at revision \(state.revision)")
        checker.managerStarted(at: now)
        release()
        agenda.add(.silenceIsJudged(run: manager.run), at: now)
    }

    func crashManager() {
        guard manager.process != nil else { return }
        let chance = FaultKind.managerCrash.rawValue
        let isWriting = !manager.disk.writing.isEmpty
        let records = manager.disk.writing.reduce(0) { $0 + $1.records.count }
        let closes = isWriting && faultChances[chance].happens(300)
        var left = 0
        if isWriting, !closes, plan.has(.tornTail) {
            left = faultChances[FaultKind.tornTail.rawValue].below(records + 1)
        }
        if closes { reach(.crashBetweenJournalAndReply) }
        if isWriting, !closes { reach(.crashLostUnsyncedBatch) }
        if left > 0 { reach(.tornTail) }
        let written = manager.disk.crash(closes: closes, leaving: left)
        for batch in written {
            observeExternals(batch.records)
            checker.take(batch.records, at: now)
            show(.history(batch.records))
            observe(batch.records)
        }
        manager.process = nil
        pausedUntil[.manager] = nil
        backlog[.manager] = nil
        log("manager", "crashes\(closes ? ", its last frame closed" : "")")
        for number in connections.keys.sorted() {
            guard let connection = connections[number], connection.isOpenAtManager else { continue }
            connections[number]?.isOpenAtManager = false
            send(.closed, on: number, .toWorker)
        }
    }

    // MARK: The loop

    /// Hands an event to the core.
    ///
    /// - Returns: False when the inbox is full.
    func post(_ event: Event, isExempt: Bool = false) -> Bool {
        guard let process = manager.process else { return false }
        guard isExempt || process.inbox.count < plan.inboxMaximum else {
            reach(.inboxFull)
            return false
        }
        manager.process?.inbox.append(event)
        if !process.isWakeDue {
            manager.process?.isWakeDue = true
            agenda.add(.managerWakes(run: manager.run), at: now + scheduling.within(0...2))
        }
        return true
    }

    func wakeManager() {
        guard let process = manager.process else { return }
        guard !process.loop.isFull else {
            reach(.journalHeldTheCoreUp)
            return
        }
        stepManager(drain())
        wakeAgainIfNeeded()
    }

    private func wakeAgainIfNeeded() {
        guard let process = manager.process, !process.inbox.isEmpty else { return }
        manager.process?.isWakeDue = true
        agenda.add(.managerWakes(run: manager.run), at: now)
    }

    private func drain() -> [Event] {
        manager.process?.isWakeDue = false
        guard let waiting = manager.process?.inbox else { return [] }
        let events = Array(waiting.prefix(plan.eventsPerBatchMaximum))
        manager.process?.inbox = Array(waiting.dropFirst(plan.eventsPerBatchMaximum))
        return events
    }

    private func stepManager(_ events: [Event]) {
        guard !events.isEmpty else { return }
        coreEvents += UInt64(events.count)
        for event in events { observe(event) }
        let moment = managerMoment
        guard let (number, records) = manager.process?.loop.step(events, at: moment) else { return }
        if let state = manager.process?.loop.core.state {
            checker.decided(revision: state.revision)
        }
        guard !records.isEmpty else { return release() }
        checker.decided(records, at: now)
        digest.mix(records)
        storm.count(.manager, records.count, at: now, checker)
        if trace.isOn { for record in records { log("manager", Self.text(record)) } }
        manager.disk.add(Disk.Batch(number: number, records: records))
        write()
    }

    // MARK: The journal

    func write() {
        guard manager.process != nil else { return }
        if manager.disk.fullUntil > now {
            reach(.diskFull)
            log("manager", "the disk is full: the journal fails and the manager stops")
            crashManager()
            let delay = diskChance.within(500...4_000)
            showManager(.fullDisk, for: delay)
            agenda.add(.managerStarts, at: now + delay)
            return
        }
        guard manager.disk.begin() else { return }
        var delay = diskChance.within(1...12)
        if manager.disk.slowUntil > now { delay += diskChance.within(100...2_500) }
        agenda.add(.written(run: manager.run), at: now + delay)
    }

    func written() {
        for batch in manager.disk.close() {
            observeExternals(batch.records)
            checker.take(batch.records, at: now)
            show(.history(batch.records))
            observe(batch.records)
            manager.process?.loop.settle(batch.number)
        }
        release()
        if manager.process != nil {
            write()
            wakeManager()
        }
    }

    /// Carries out the effects of every batch that is durable.
    func release() {
        while let batch = manager.process?.loop.nextDurable() {
            checker.released(revision: batch.snapshot.revision, at: now)
            let instant = managerMoment.monotonic
            for change in batch.effects.leases { carryOut(change, at: instant) }
            for reply in batch.effects.replies { answer(reply) }
            for reply in batch.effects.workerReplies { answer(reply) }
            for send in batch.effects.sends { carryOut(send) }
            digest.mix(batch.effects)
            storm.count(
                .manager, batch.effects.replies.count + batch.effects.sends.count, at: now,
                checker)
        }
    }

    private func carryOut(_ change: EffectBuffer.LeaseChange, at instant: Instant) {
        switch change {
        case .open(let lease):
            manager.process?.leases.open(lease, at: instant)
            checker.leaseOpened(lease, at: now)
        case .close(let lease):
            manager.process?.leases.close(lease)
            guard let session = lease.session else { return }
            end(
                manager.process?.sessions.forget(session),
                WorkerRefusal(.staleSession, "this session has ended; register again"))
        case .sever(let lease):
            carryOut(.close(lease), at: instant)
            if let session = lease.session { _ = post(.disconnected(session), isExempt: true) }
        }
    }

    // MARK: Silence

    func judgeSilence() {
        agenda.add(
            .silenceIsJudged(run: manager.run), at: now + LeaseTable.period.milliseconds)
        guard let process = manager.process, !process.loop.isFull else { return }
        let instant = managerMoment.monotonic
        if let silence = manager.process?.leases.advance(to: instant) {
            // What was said before the silence was judged is heard before it.
            stepManager(drain() + [.silence(silence)])
            wakeAgainIfNeeded()
        } else if let wake = process.loop.core.nextWake, wake <= instant {
            stepManager([.tick])
        }
    }
}
