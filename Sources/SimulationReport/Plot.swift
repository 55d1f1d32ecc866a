/// The timeline as SVG: services over a shared axis of time, then a lane for each node.
struct Plot {
    let timeline: Timeline

    static let width = 1_120.0
    static let gutter = 128.0
    static let right = 1_104.0
    static let serviceHeight = 104.0
    static let serviceGap = 34.0
    static let axisHeight = 22.0

    private var length: Double { Double(max(timeline.end - timeline.start, 1)) }

    func x(_ time: Int64) -> Double {
        let clamped = min(max(time, timeline.start), timeline.end)
        let part = Double(clamped - timeline.start) / length
        return Self.gutter + part * (Self.right - Self.gutter)
    }

    /// Many workers get thinner lanes.
    var laneHeight: Double { timeline.lanes.count > 24 ? 11 : 17 }

    func render() -> String {
        var parts: [String] = []
        var top = Self.axisHeight
        let services = timeline.services
        let height =
            Self.axisHeight + Double(services.count) * (Self.serviceHeight + Self.serviceGap) + 22
            + Double(timeline.lanes.count) * (laneHeight + 3) + 12
        parts.append(grid(height: height))
        for service in services {
            parts.append(ServicePlot(plot: self, track: service, top: top + 22).render())
            top += Self.serviceHeight + Self.serviceGap
        }
        top += 20
        parts.append(heading("nodes", at: top - 2))
        top += 6
        for lane in timeline.lanes {
            parts.append(render(lane, top: top))
            top += laneHeight + 3
        }
        return """
            <svg viewBox="0 0 \(coordinate(Self.width)) \(coordinate(height))" role="img" \
            aria-label="Services and nodes over time">
            \(parts.joined(separator: "\n"))
            </svg>
            """
    }

    func heading(_ text: String, at y: Double, note: String = "") -> String {
        let more =
            note.isEmpty
            ? "" : #" <tspan class="note" dx="8">\#(note.escaped)</tspan>"#
        return #"<text class="name" x="0" y="\#(coordinate(y))">"#
            + "\(text.short(40).escaped)\(more)</text>"
    }

    // MARK: The axis

    private func grid(height: Double) -> String {
        var parts: [String] = []
        if let healed = timeline.healedAt {
            let from = x(healed)
            parts.append(
                #"<rect class="calm" x="\#(coordinate(from))" "#
                    + #"y="\#(coordinate(Self.axisHeight - 4))" "#
                    + #"width="\#(coordinate(Self.right - from))" "#
                    + #"height="\#(coordinate(height - Self.axisHeight))"/>"#)
            if Self.right - from > 80 {
                parts.append(
                    #"<text class="tick" x="\#(coordinate(from + 5))" "#
                        + #"y="\#(coordinate(height - 2))">faults stopped</text>"#)
            }
        }
        for time in ticks() {
            let at = coordinate(x(timeline.start + time))
            parts.append(
                #"<line class="grid" x1="\#(at)" y1="\#(coordinate(Self.axisHeight - 4))" "#
                    + #"x2="\#(at)" y2="\#(coordinate(height - 12))"/>"#
                    + #"<text class="tick" x="\#(at)" y="11" "#
                    + #"text-anchor="middle">\#(Figures.moment(time))</text>"#)
        }
        return parts.joined(separator: "\n")
    }

    /// Round times, at most twelve.
    private func ticks() -> [Int64] {
        let steps: [Int64] = [
            1, 2, 5, 10, 15, 30, 60, 120, 180, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200,
            86_400,
        ]
        let whole = timeline.end - timeline.start
        let step = (steps.first { whole / ($0 * 1_000) <= 11 } ?? max(1, whole / 11_000)) * 1_000
        return Array(stride(from: 0, through: whole, by: Int64.Stride(step)))
    }

    // MARK: Lanes

    private func render(_ lane: Lane, top: Double) -> String {
        var parts = [
            #"<rect class="lane" x="\#(coordinate(Self.gutter))" y="\#(coordinate(top))" "#
                + #"width="\#(coordinate(Self.right - Self.gutter))" "#
                + #"height="\#(coordinate(laneHeight))" rx="2"/>"#,
            #"<text class="lane-name" x="\#(coordinate(Self.gutter - 8))" "#
                + #"y="\#(coordinate(top + laneHeight / 2 + 4))" "#
                + #"text-anchor="end">\#(lane.name.short(16).escaped)</text>"#,
        ]
        // What is worse is drawn over what is not, and the manager's view over all.
        let order: [Lane.Band.Kind] = [.slow, .cut, .agent, .paused, .down, .blip, .lost]
        for kind in order {
            for band in lane.bands where band.kind == kind {
                parts.append(render(band, of: lane, top: top))
            }
        }
        return parts.joined(separator: "\n")
    }

    /// What the manager thinks of a node is a stripe at the lane's foot; what befalls it fills it.
    private func render(_ band: Lane.Band, of lane: Lane, top: Double) -> String {
        let from = x(band.start)
        let width = max(x(band.end) - from, 1.5)
        let isStripe = band.kind == .lost
        let height = isStripe ? 3 : laneHeight - (band.kind == .blip ? 6 : 0)
        let y = isStripe ? top + laneHeight - 3 : top + (band.kind == .blip ? 3 : 0)
        let when =
            "\(Figures.moment(band.start - timeline.start)), "
            + Figures.span(band.end - band.start)
        var text =
            #"<rect class="band \#(band.kind.rawValue)" x="\#(coordinate(from))" "#
            + #"y="\#(coordinate(y))" width="\#(coordinate(width))" "#
            + #"height="\#(coordinate(height))" rx="1">"#
            + "<title>\("\(lane.name): \(band.label), \(when)".escaped)</title></rect>"
        if !isStripe, laneHeight > 14, hasRoom(for: band, in: lane) {
            text +=
                #"<text class="band-label" x="\#(coordinate(from + 4))" "#
                + #"y="\#(coordinate(top + laneHeight / 2 + 3.5))">\#(band.label.escaped)</text>"#
        }
        return text
    }

    /// Whether a band's label fits into it, with no other band or label in its way.
    private func hasRoom(for band: Lane.Band, in lane: Lane) -> Bool {
        func end(_ band: Lane.Band) -> Double { x(band.start) + Double(band.label.count) * 5.8 + 8 }
        guard end(band) < x(band.end) else { return false }
        return !lane.bands.contains { other in
            guard other.kind != .lost, other != band else { return false }
            return other.start >= band.start
                ? x(other.start) < end(band)
                : other.end > band.start && end(other) > x(band.start)
        }
    }
}
