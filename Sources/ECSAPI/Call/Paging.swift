import Foundation
import Model

/// A page of a list and the token that leads to the next.
struct Page<Element> {
    var items: [Element]
    var nextToken: String?
}

extension Call {
    /// Cuts a page out of a sorted list.
    ///
    /// A token names the last element that was given out, not a position: what comes or goes
    /// between two pages neither repeats nor skips the others.
    ///
    /// - Parameters:
    ///   - key: Names an element within the list.
    ///   - follows: Whether an element comes after the one with a key.
    func page<Element>(
        _ all: [Element], after token: String?, limit: Int?, standard: Int = 100,
        key: (Element) -> String, follows: (Element, String) throws(APIError) -> Bool
    ) throws(APIError) -> Page<Element> {
        let limit = try pageLimit(limit, standard: standard)
        var start = all.startIndex
        if let token {
            let last = try lastKey(of: token)
            while start < all.endIndex, try !follows(all[start], last) { start += 1 }
        }
        let items = Array(all[start...].prefix(limit))
        let more = start + items.count < all.endIndex
        let next = more ? items.last.map { self.token(for: key($0)) } : nil
        return Page(items: items, nextToken: next)
    }

    /// A page of a list of keys that is too long to be had whole.
    ///
    /// - Parameter some: Gives the keys that come after one, at most so many.
    func page(
        after token: String?, limit: Int?, standard: Int = 100,
        _ some: (_ last: String?, _ atMost: Int) -> [String]
    ) throws(APIError) -> Page<String> {
        let limit = try pageLimit(limit, standard: standard)
        var items = some(try token.map(lastKey), limit + 1)
        guard items.count > limit else { return Page(items: items, nextToken: nil) }
        items.removeLast()
        return Page(items: items, nextToken: items.last.map { self.token(for: $0) })
    }

    /// A page of a list of names in ascending order.
    func page(
        _ all: [String], after token: String?, limit: Int?, standard: Int = 100
    ) throws(APIError) -> Page<String> {
        try page(all, after: token, limit: limit, standard: standard, key: { $0 }) { $0 > $1 }
    }

    private func pageLimit(_ limit: Int?, standard: Int) throws(APIError) -> Int {
        let sizes =
            isStrict ? PageSizes.ofAWS(operation) : PageSizes(maximum: 100, standard: standard)
        guard let limit else { return sizes.standard }
        guard (1...sizes.maximum).contains(limit) else {
            let bound =
                limit < 1 ? "greater than or equal to 1" : "less than or equal to \(sizes.maximum)"
            throw invalid(
                "1 validation error detected: Value '\(limit)' at 'maxResults' failed to satisfy "
                    + "constraint: Member must have value \(bound)")
        }
        return limit
    }

    private func token(for key: String) -> String {
        Data("\(operation.rawValue) \(region) \(key)".utf8).base64EncodedString()
    }

    private func lastKey(of token: String) throws(APIError) -> String {
        let prefix = "\(operation.rawValue) \(region) "
        guard let data = Data(base64Encoded: token),
            let text = String(data: data, encoding: .utf8), text.hasPrefix(prefix)
        else {
            throw invalid("Invalid token: use the nextToken of the page before this one.")
        }
        return String(text.dropFirst(prefix.count))
    }
}
