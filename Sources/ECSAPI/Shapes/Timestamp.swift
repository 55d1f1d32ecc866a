import Model

/// A time on the wire: epoch seconds with a fraction; in events as people read it.
struct Timestamp: Sendable {
    var time: WallTime

    init(_ time: WallTime) {
        self.time = time
    }

    init?(_ time: WallTime?) {
        guard let time else { return nil }
        self.time = time
    }
}

extension Timestamp: JSONReadable, JSONWritable {
    init(from json: inout JSONReader) throws(RequestFault) {
        let seconds = try json.double()
        guard abs(seconds) < 1e12 else {
            throw .violation(
                Violation(
                    path: json.place, value: "\(seconds)",
                    constraint: "be a time in seconds since 1970"))
        }
        time = WallTime(milliseconds: Int64((seconds * 1_000).rounded()))
    }

    /// Seconds with a fraction where there is one.
    func write(to json: inout JSONWriter) {
        if json.writesTimesAsText { return json.string(time.text) }
        let (seconds, rest) = time.milliseconds.quotientAndRemainder(dividingBy: 1_000)
        guard time.milliseconds > 0, rest != 0 else {
            return (Double(time.milliseconds) / 1_000).write(to: &json)
        }
        json.integer(seconds)
        json.verbatim(rest < 10 ? ".00" : rest < 100 ? ".0" : ".")
        json.integer(rest % 100 == 0 ? rest / 100 : rest % 10 == 0 ? rest / 10 : rest)
    }
}
