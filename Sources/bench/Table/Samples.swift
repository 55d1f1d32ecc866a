import Foundation

extension [Double] {
    /// Not of an empty list.
    var median: Double {
        let sorted = self.sorted()
        let middle = count / 2
        return count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// The least that so many of a hundred don't exceed. Not of an empty list.
    func percentile(_ percent: Int) -> Double {
        let sorted = self.sorted()
        return sorted[Swift.max(0, (count * percent + 99) / 100 - 1)]
    }
}

extension Double {
    /// Three digits that count, or all before the point.
    var short: String {
        let digits = self == 0 ? 0 : Int(log10(abs(self)).rounded(.down)) + 1
        return String(format: "%.\(Swift.max(0, Swift.min(3, 3 - digits)))f", self)
    }
}
