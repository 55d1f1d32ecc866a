/// What can be written as JSON: shapes of the model and what they are made of.
protocol JSONWritable {
    func write(to json: inout JSONWriter)
}

/// What can be read from JSON.
protocol JSONReadable {
    init(from json: inout JSONReader) throws(RequestFault)
}

extension String: JSONReadable, JSONWritable {
    init(from json: inout JSONReader) throws(RequestFault) { self = try json.string() }
    func write(to json: inout JSONWriter) { json.string(self) }
}

extension Bool: JSONReadable, JSONWritable {
    init(from json: inout JSONReader) throws(RequestFault) { self = try json.bool() }
    func write(to json: inout JSONWriter) { json.verbatim(self ? "true" : "false") }
}

extension Int: JSONReadable, JSONWritable {
    init(from json: inout JSONReader) throws(RequestFault) { self = try json.integer() }
    func write(to json: inout JSONWriter) { json.integer(self) }
}

extension Double: JSONReadable, JSONWritable {
    init(from json: inout JSONReader) throws(RequestFault) { self = try json.double() }

    /// A whole number has no fraction, as AWS writes it. There is no other than a finite one:
    /// JSON has none.
    func write(to json: inout JSONWriter) {
        let text = description
        json.verbatim(text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
    }
}

extension Array: JSONReadable where Element: JSONReadable {
    init(from json: inout JSONReader) throws(RequestFault) { self = try json.list() }
}

extension Array: JSONWritable where Element: JSONWritable {
    func write(to json: inout JSONWriter) { json.list(self) }
}

extension [String: String]: JSONReadable, JSONWritable {
    init(from json: inout JSONReader) throws(RequestFault) {
        var members: Self = [:]
        try json.object { json, name throws(RequestFault) in members[name] = try json.string() }
        self = members
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            for (name, value) in sorted(by: { $0.key < $1.key }) {
                json.member(named: name, value)
            }
        }
    }
}
