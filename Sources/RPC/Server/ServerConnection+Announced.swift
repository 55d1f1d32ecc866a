import HTTP2
import NIOCore

// Requests of inline methods of which nothing but the headers has come.
extension ServerConnection {
    /// When the deadlines of announced requests are looked at next. One timer for all of them: most
    /// get their message in the next read, and a timer each would be dearer than the call.
    struct AnnouncedLook {
        let time: NIODeadline
        let timer: Scheduled<Void>
    }

    /// Keeps a request until its message comes or its deadline passes.
    func announce(_ call: AnnouncedCall, for stream: Int32) {
        let deadline = call.context.deadline
        announced.add(call, for: stream)
        if let deadline { lookAtAnnounced(at: deadline) }
    }

    private func lookAtAnnounced(at time: NIODeadline) {
        if let announcedLook {
            guard time < announcedLook.time else { return }
            announcedLook.timer.cancel()
        }
        let timer = eventLoop.assumeIsolated().scheduleTask(deadline: time) {
            self.announcedLook = nil
            self.expireAnnounced(at: .now())
            self.flushSoon()
        }
        announcedLook = AnnouncedLook(time: time, timer: timer)
    }

    private func expireAnnounced(at now: NIODeadline) {
        var next: NIODeadline?
        for stream in announced.streams {
            guard let deadline = announced[stream]?.context.deadline else { continue }
            guard deadline <= now else {
                next = min(next ?? deadline, deadline)
                continue
            }
            _ = announced.remove(stream)
            session.respondWithoutBody(.failure(Self.late), stream: stream)
        }
        if let next { lookAtAnnounced(at: next) }
    }
}
