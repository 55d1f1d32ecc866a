/// One service's tasks over time.
struct ServicePlot {
    let plot: Plot
    let track: ServiceTrack
    let top: Double

    private var bottom: Double { top + Plot.serviceHeight - 22 }
    private var end: Int64 { track.end ?? plot.timeline.end }
    private var most: Int {
        max(1, track.samples.map { max($0.running, $0.desired) }.max() ?? 1)
    }

    private func y(_ count: Int) -> Double {
        bottom - (bottom - top) * Double(count) / (Double(most) * 1.08)
    }

    func render() -> String {
        guard let first = track.samples.first, let last = track.samples.last else { return "" }
        let availability = ServiceAvailability(track, end: plot.timeline.end)
        let note =
            "\(Figures.percent(availability.share)) of the time at its minimum of "
            + "\(last.minimum), desired \(last.desired)"
        var parts = [plot.heading(track.name, at: top - 10, note: note)]
        parts += scale()
        for shortage in availability.shortages { parts.append(shade(shortage)) }
        let running = steps(\.running)
        let x1 = coordinate(plot.x(first.time))
        let x2 = coordinate(plot.x(end))
        let floor = coordinate(bottom)
        parts.append(#"<path class="area" d="M\#(x1) \#(floor)L\#(running)L\#(x2) \#(floor)Z"/>"#)
        parts.append(#"<path class="minimum" d="M\#(steps(\.minimum))"/>"#)
        parts.append(#"<path class="desired" d="M\#(steps(\.desired))"/>"#)
        parts.append(#"<path class="running" d="M\#(running)"/>"#)
        for rollout in track.rollouts { parts.append(mark(rollout)) }
        for loss in track.losses { parts.append(mark(loss)) }
        return parts.joined(separator: "\n")
    }

    private func steps(_ value: KeyPath<ServiceTrack.Sample, Int>) -> String {
        var points: [String] = []
        var before: Double?
        for sample in track.samples where sample.time <= end {
            let x = coordinate(plot.x(sample.time))
            let y = y(sample[keyPath: value])
            if let before {
                if before == y { continue }
                points.append("\(x) \(coordinate(before))")
            }
            points.append("\(x) \(coordinate(y))")
            before = y
        }
        if let before { points.append("\(coordinate(plot.x(end))) \(coordinate(before))") }
        return points.joined(separator: "L")
    }

    /// Zero, the middle and the top of the scale.
    private func scale() -> [String] {
        let values = most < 4 ? Array(0...most) : [0, most / 2, most]
        return values.map { value in
            let at = coordinate(y(value))
            return
                #"<line class="scale" x1="\#(coordinate(Plot.gutter))" y1="\#(at)" "#
                + #"x2="\#(coordinate(Plot.right))" y2="\#(at)"/><text class="tick" "#
                + #"x="\#(coordinate(Plot.gutter - 8))" y="\#(coordinate(y(value) + 3.5))" "#
                + #"text-anchor="end">\#(value)</text>"#
        }
    }

    private func shade(_ shortage: Availability.Shortage) -> String {
        let from = plot.x(shortage.start)
        let width = max(plot.x(shortage.end) - from, 1)
        let moment = Figures.moment(shortage.start - plot.timeline.start)
        let title =
            "\(moment): \(shortage.lowest) of at least \(shortage.minimum) for "
            + "\(Figures.span(shortage.duration)): \(shortage.cause)"
        return
            #"<rect class="short" x="\#(coordinate(from))" y="\#(coordinate(top))" "#
            + #"width="\#(coordinate(width))" height="\#(coordinate(bottom - top))">"#
            + "<title>\(title.escaped)</title></rect>"
    }

    /// A flag above for each deployment's beginning, a tick for its end.
    private func mark(_ rollout: ServiceTrack.Rollout) -> String {
        let x = plot.x(rollout.time)
        let y = top - 1
        let moment = Figures.moment(rollout.time - plot.timeline.start)
        let word = rollout.isEnd ? "rolled out" : "deployment of"
        let title = "\(moment): \(word) \(rollout.text)"
        let shape =
            rollout.isEnd
            ? #"<circle class="rollout-end" cx="\#(coordinate(x))" cy="\#(coordinate(y))" r="2.6">"#
            : #"<path class="rollout" d="M\#(coordinate(x)) \#(coordinate(y + 5))l-4 -7h8z">"#
        let tag = rollout.isEnd ? "circle" : "path"
        return shape + "<title>\(title.escaped)</title></\(tag)>"
    }

    private func mark(_ loss: ServiceTrack.Loss) -> String {
        let x = plot.x(loss.time)
        let moment = Figures.moment(loss.time - plot.timeline.start)
        let title = "\(moment): \(loss.worker) lost with \(Figures.counted(loss.tasks, "task"))"
        return
            #"<path class="loss" d="M\#(coordinate(x)) \#(coordinate(bottom + 1))l-4 7h8z">"#
            + "<title>\(title.escaped)</title></path>"
    }
}
