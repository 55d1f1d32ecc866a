import Foundation
import Model

/// A time as a person writes it on a command line.
enum PastTime {
    static let help = "2025-01-01T12:00:00Z, 12:00 of today (UTC), or 10m for ten minutes ago"

    /// Reads `2025-01-01T12:00:00.250Z`, the same without fraction, seconds, clock or zone (then it
    /// is UTC), `HH:MM[:SS]` of today, or a time span before now.
    static func parse(_ text: String, flag: String, now: WallTime) throws(Failure) -> WallTime {
        if let span = Duration(span: text) {
            return WallTime(milliseconds: now.milliseconds - span.milliseconds)
        }
        guard let time = civil(text, now) else {
            throw Failure(.usage, "\(flag): '\(text)' is no time. Write \(help).")
        }
        return time
    }

    private static func civil(_ text: String, _ now: WallTime) -> WallTime? {
        let fields = text.split(maxSplits: 1) { $0 == "T" || $0 == " " }.map(String.init)
        guard let first = fields.first else { return nil }
        let day: Int64
        var clock = "00:00"
        if fields.count == 1, first.contains(":") {
            day = now.milliseconds / 86_400_000 * 86_400_000
            clock = first
        } else {
            guard let date = Self.date(first) else { return nil }
            day = date
            if fields.count == 2 { clock = fields[1] }
        }
        var offset: Int64 = 0
        if clock.hasSuffix("Z") {
            clock.removeLast()
        } else if let sign = clock.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            guard let span = Self.clock(String(clock[clock.index(after: sign)...])) else {
                return nil
            }
            offset = clock[sign] == "+" ? span : -span
            clock = String(clock[..<sign])
        }
        return Self.clock(clock).map { WallTime(milliseconds: day + $0 - offset) }
    }

    /// `YYYY-MM-DD`.
    private static func date(_ text: String) -> Int64? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 3, let year = parts[0], let month = parts[1], let day = parts[2],
            (1970...9_999).contains(year)
        else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let components = DateComponents(
            calendar: calendar, timeZone: .gmt, year: year, month: month, day: day)
        guard components.isValidDate, let date = components.date else { return nil }
        return Int64(date.timeIntervalSince1970) * 1_000
    }

    /// `HH:MM`, `HH:MM:SS` or `HH:MM:SS.fff`.
    private static func clock(_ text: String) -> Int64? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), let hours = Int64(parts[0]),
            let minutes = Int64(parts[1]), (0...23).contains(hours), (0...59).contains(minutes)
        else { return nil }
        let seconds = parts.count == 3 ? Double(parts[2]) : 0
        guard let seconds, seconds >= 0, seconds < 61 else { return nil }
        // Cut off, not rounded: a time that was copied from somewhere does not come after itself.
        return (hours * 60 + minutes) * 60_000 + Int64((seconds * 1_000_000).rounded()) / 1_000
    }
}
