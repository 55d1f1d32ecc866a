import Glibc
import Model
import NIOCore

/// The clocks of this node, read together for each event.
enum Clocks {
    static var now: Moment {
        Moment(monotonic: monotonic, wall: wall)
    }

    /// CLOCK_MONOTONIC: goes on while the machine runs, whatever is done to the time of day.
    static var monotonic: Instant {
        Instant(milliseconds: Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000))
    }

    static var wall: WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
