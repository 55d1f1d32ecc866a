import ClusterState
import Journal
import Logging
import ManagerCore
import Model
import NIOCore
import NIOPosix
import RPC
import Synchronization
import Wire

/// The core's loop: everything here but `post` runs on `coreLoop`.
extension ManagerNode {
    /// Hands an event to the core.
    ///
    /// - Returns: False when the inbox is full.
    func post(_ event: Event, isExempt: Bool = false) -> Bool {
        switch inbox.post(event, isExempt: isExempt) {
        case .wake:
            coreLoop.execute { self.wake() }
            return true
        case .waits: return true
        case .full: return false
        }
    }

    /// Releases what recovery asked for: leases start now. Recovery itself writes nothing.
    func begin() {
        release()
        wake()
    }

    /// Drains the inbox as one batch, unless enough waits for the journal already: then so does
    /// what is in the inbox.
    func wake() {
        guard !loop.value.isPaced else { return }
        let (events, isMore) = inbox.drain(atMost: ManagerConfiguration.eventsPerBatchMaximum)
        // A large service is started in pieces, without waiting for the clock in between.
        step(events.isEmpty && loop.value.core.isCutShort ? [.tick] : events)
        if isMore || loop.value.core.isCutShort { coreLoop.execute { self.wake() } }
    }

    private func step(_ events: [Event]) {
        guard !events.isEmpty, let batch = loop.value.step(events, at: Clocks.now) else { return }
        keep(batch.number, batch.1)
    }

    private func keep(_ number: UInt64, _ records: [ChangeRecord]) {
        guard !records.isEmpty else {
            release()
            return
        }
        journal.append(records) { [self] result in
            coreLoop.execute { self.kept(number, result) }
        }
    }

    private func kept(_ number: UInt64, _ result: Result<Void, JournalError>) {
        switch result {
        case .success:
            loop.value.settle(number)
            release()
            wake()
        case .failure(let error):
            logger.critical("journal failed", metadata: ["error": "\(error)"])
            failCallers("The manager's journal failed; nothing more can be written.")
            fail(.journalFailed("\(error)"))
        }
    }

    /// Carries out the effects of every batch that is durable.
    private func release() {
        while let batch = loop.value.nextDurable() {
            publish(batch.snapshot)
            changes.tell(batch.effects.records)
            // Before anybody is answered or sent away: who looks why finds it.
            for notice in batch.effects.notices { log(notice) }
            let now = Clocks.monotonic
            for change in batch.effects.leases { carryOut(change, at: now) }
            expel(batch.effects.expulsions)
            for reply in batch.effects.replies { answer(reply, batch.snapshot) }
            for reply in batch.effects.workerReplies { answer(reply) }
            for send in batch.effects.sends { carryOut(send) }
        }
    }

    func failCallers(_ message: String) {
        for caller in callers.close() {
            switch caller {
            case .api(let answer): answer(.failure(APIError(.server, message)))
            case .certificate(let reply, _), .register(let reply, _), .report(let reply):
                reply.fail(RPCError(.unavailable, message))
            case .assignments(let writer, _): writer.finish(RPCStatus(.unavailable, message))
            }
        }
    }

    private func answer(_ reply: EffectBuffer.Reply, _ snapshot: ClusterState) {
        guard case .api(let answer) = callers.take(reply.call) else { return }
        answer(reply.result.map { ($0, snapshot) })
    }

    private func carryOut(_ change: EffectBuffer.LeaseChange, at now: Instant) {
        switch change {
        case .open(let lease):
            leases.withLock { $0.open(lease, at: now) }
        case .close(let lease):
            leases.withLock { $0.close(lease) }
            usageBook.withLock { $0.forget(lease.instance) }
            if let session = lease.session { sessions.forget(session) }
        case .sever(let lease):
            carryOut(.close(lease), at: now)
            if let session = lease.session { _ = post(.disconnected(session), isExempt: true) }
        }
    }

    private func log(_ notice: Notice) {
        let metadata = Logger.Metadata(
            uniqueKeysWithValues: notice.details.map { ($0.name, .string($0.value)) })
        let level: Logger.Level
        switch notice.level {
        case .debug: level = .debug
        case .info: level = .info
        case .warning: level = .warning
        case .refusal:
            return strangers.log(.warning, "\(notice.message)", on: coreLoop, metadata)
        }
        logger.log(level: level, "\(notice.message)", metadata: metadata)
    }

    private func passTime(to now: Instant) {
        let arriving = arrivingCount
        let silence = leases.withLock { $0.advance(to: now, arriving: arriving) }
        if let silence {
            // What was said before the silence was judged is heard before it.
            let (events, isMore) = inbox.drain(atMost: ManagerConfiguration.eventsPerBatchMaximum)
            step(events + [.silence(silence)])
            if isMore { coreLoop.execute { self.wake() } }
        } else if let wake = loop.value.core.nextWake, wake <= now {
            step([.tick])
        }
    }

    /// Counts waking time and finds who fell silent. Time counts only while every network loop goes
    /// round: a manager that can't read its sockets can't say that nobody spoke.
    func judgeSilence() {
        // The network loops are about to go: nothing may be given to them any more.
        guard !isClosing.value else { return }
        let rounds = networkGroup.makeIterator().map { $0.submit {} }
        EventLoopFuture.andAllComplete(rounds, on: coreLoop).whenComplete { [self] _ in
            // While the journal holds up the core, nobody's word is taken in: no time counts.
            if !loop.value.isFull { passTime(to: Clocks.monotonic) }
            coreLoop.scheduleTask(in: .milliseconds(LeaseTable.period.milliseconds)) {
                self.judgeSilence()
            }
        }
    }
}
