extension String {
    /// As text or in a quoted attribute of HTML and SVG.
    var escaped: String {
        var result = ""
        result.reserveCapacity(utf8.count)
        for character in unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            // Control characters are not allowed in HTML.
            case "\u{0}"..."\u{8}", "\u{B}", "\u{C}", "\u{E}"..."\u{1F}", "\u{7F}": result += "·"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    /// Cut to a number of characters.
    func short(_ count: Int) -> String {
        self.count > count ? prefix(count - 1) + "…" : self
    }
}

/// A coordinate with one place.
func coordinate(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    let sign = tenths < 0 ? "-" : ""
    let rest = abs(tenths)
    return rest % 10 == 0 ? "\(sign)\(rest / 10)" : "\(sign)\(rest / 10).\(rest % 10)"
}
