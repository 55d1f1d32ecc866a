/// How well services fared over a ``Timeline``.
public struct Availability: Sendable {
    public var services: [ServiceAvailability]
    public var recoveries: [Recovery]
    public var duplicates: Int
    public var leftovers: [Int64]
    /// Whether ``duplicates`` and ``leftovers`` could be seen at all.
    public var sawContainers: Bool
    /// The first time that a service was below its minimum.
    public var firstShortage: Shortage?

    /// From a host's loss until the service had all its tasks again.
    public struct Recovery: Hashable, Sendable {
        public var service: String
        public var worker: String
        public var time: Int64
        public var tasks: Int
        /// `nil` when that was not seen.
        public var duration: Int64?
    }

    /// A time with fewer tasks than the minimum.
    public struct Shortage: Hashable, Sendable {
        public var service: String
        public var start: Int64
        public var end: Int64
        public var lowest: Int
        public var minimum: Int
        public var cause: String

        public var duration: Int64 { end - start }
    }

    public init(_ timeline: Timeline) {
        services = timeline.services.map { ServiceAvailability($0, end: timeline.end) }
        recoveries = timeline.services.flatMap(Self.recoveries).sorted {
            ($0.time, $0.service, $0.worker) < ($1.time, $1.service, $1.worker)
        }
        duplicates = timeline.duplicates
        leftovers = timeline.leftovers
        sawContainers = timeline.sawContainers
        firstShortage = services.flatMap(\.shortages).min { $0.start < $1.start }
    }

    /// The durations of those that were seen to end, shortest first.
    public var recoveryTimes: [Int64] { recoveries.compactMap(\.duration).sorted() }

    public var unrecovered: Int { recoveries.count { $0.duration == nil } }

    private static func recoveries(_ track: ServiceTrack) -> [Recovery] {
        track.losses.compactMap { loss in
            var current: ServiceTrack.Sample?
            var duration: Int64?
            for sample in track.samples {
                if sample.time > loss.time, let current, current.running >= current.desired {
                    break
                }
                current = sample
            }
            if let current, current.running >= current.desired {
                duration = max(0, current.time - loss.time)
            } else if track.end != nil {
                return nil
            }
            return Recovery(
                service: track.name, worker: loss.worker, time: loss.time, tasks: loss.tasks,
                duration: duration)
        }
    }
}

/// How well one service fared, from when it first had all its tasks.
public struct ServiceAvailability: Sendable {
    public var name: String
    /// As they were in the end.
    public var desired = 0
    public var minimum = 0
    /// Milliseconds measured, and those of them with enough tasks.
    public var measured: Int64 = 0
    public var atMinimum: Int64 = 0
    public var atDesired: Int64 = 0
    /// The fewest tasks at once.
    public var lowest = 0
    public var shortages: [Availability.Shortage] = []

    public var longestShortage: Int64 { shortages.map(\.duration).max() ?? 0 }

    /// Of the time, how much with at least the minimum: 0...1.
    public var share: Double { Self.share(atMinimum, of: measured) }
    public var desiredShare: Double { Self.share(atDesired, of: measured) }

    static func share(_ part: Int64, of whole: Int64) -> Double {
        whole > 0 ? Double(part) / Double(whole) : 1
    }

    init(_ track: ServiceTrack, end: Int64) {
        name = track.name
        let last = track.end ?? end
        let begins = track.samples.firstIndex { $0.desired > 0 && $0.running >= $0.desired } ?? 0
        let samples = track.samples[min(begins, track.samples.count)...].filter { $0.time < last }
        lowest = samples.map(\.running).min() ?? 0
        var open: Availability.Shortage?
        for (index, sample) in samples.enumerated() {
            let next = index + 1 < samples.count ? samples[index + 1].time : last
            let length = next - sample.time
            measured += length
            if sample.running >= sample.minimum { atMinimum += length }
            if sample.running >= sample.desired { atDesired += length }
            desired = sample.desired
            minimum = sample.minimum
            extend(&open, with: sample, until: next)
        }
        if let open { shortages.append(open) }
    }

    private mutating func extend(
        _ open: inout Availability.Shortage?, with sample: ServiceTrack.Sample, until next: Int64
    ) {
        guard sample.running < sample.minimum else {
            if let ended = open { shortages.append(ended) }
            open = nil
            return
        }
        var shortage =
            open
            ?? Availability.Shortage(
                service: name, start: sample.time, end: next, lowest: sample.running,
                minimum: sample.minimum, cause: sample.cause)
        shortage.end = next
        if sample.running < shortage.lowest {
            shortage.lowest = sample.running
            shortage.minimum = sample.minimum
        }
        open = shortage
    }
}
