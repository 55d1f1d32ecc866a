/// The shortlists that are kept.
struct Shortlists: Sendable {
    /// Entries of all together beyond which they are forgotten: they are made anew when needed.
    static let entriesMaximum = 1 << 20
    /// What a list without entries counts for: callers choose the names of groups, and a strategy
    /// that draws at random keeps none.
    static let overhead = 64

    /// Needs of one crew that alternate have lists of their own.
    struct Name: Hashable, Sendable {
        var crew: Crew.Name
        var provider: String?
    }

    private var lists: [Name: Shortlist] = [:]
    private var entries = 0

    /// How many lists are kept.
    var count: Int { lists.count }

    /// Takes a list out, so that it can be changed in its place.
    mutating func take(_ name: Name) -> Shortlist? {
        guard let list = lists.removeValue(forKey: name) else { return nil }
        entries -= list.size + Self.overhead
        return list
    }

    mutating func keep(_ list: Shortlist, for name: Name) {
        let size = list.size + Self.overhead
        if entries + size > Self.entriesMaximum {
            lists = [:]
            entries = 0
        }
        entries += size
        lists[name] = list
    }
}
