import Glibc
import Model
import NIOCore

/// Both clocks of this host. The monotonic one is that of the event loop's timers.
enum Clock {
    static var now: Moment {
        Moment(
            monotonic: Instant(
                milliseconds: Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000)),
            wall: wall)
    }

    /// When a timer for `instant` is due: not before it by the core's clock of whole milliseconds.
    static func deadline(_ instant: Instant) -> NIODeadline {
        .uptimeNanoseconds(UInt64(max(instant.milliseconds, 0)) * 1_000_000)
    }

    /// Milliseconds that the clock which counts a suspended host's sleep is ahead of the monotonic
    /// one.
    static var sleep: Int64 {
        milliseconds(CLOCK_BOOTTIME) - milliseconds(CLOCK_MONOTONIC)
    }

    private static func milliseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }

    private static var wall: WallTime {
        WallTime(milliseconds: milliseconds(CLOCK_REALTIME))
    }
}
