import Testing

@testable import Simulation
@testable import SimulationReport

@Suite("The page")
struct PageTests {
    @Test(
        "Texts can't become markup",
        arguments: [
            ("<script>", "&lt;script&gt;"), ("a&b", "a&amp;b"), ("\"'", "&quot;&#39;"),
            ("\u{0}\u{1B}\n", "··\n"), ("größe", "größe"),
        ])
    func escaping(text: String, expected: String) {
        #expect(text.escaped == expected)
    }

    @Test("Whatever a cluster names its things, the page has no tag of theirs")
    func hostileNames() throws {
        let evil = "\"><script>alert(1)</script><svg onload='x'>"
        var track = ServiceTrack(name: evil)
        track.samples = [
            .init(time: 0, running: 2, desired: 2, minimum: 2),
            .init(time: 9_000, running: 1, desired: 2, minimum: 2, cause: evil),
        ]
        track.losses = [.init(time: 9_000, worker: evil, tasks: 1)]
        track.rollouts = [.init(time: 10, text: evil, isEnd: false)]
        var lane = Lane(name: evil)
        lane.bands = [.init(kind: .down, start: 100, end: 9_900, label: evil)]
        var timeline = Timeline(start: 0, end: 10_000)
        timeline.services = [track]
        timeline.lanes = [lane]
        var run = smallRun(seed: 1, faults: []).report
        run.availability = Availability(timeline)
        run.replay = "muster simulate --services '\(evil)'"
        run.summary = evil
        let batch = try #require(BatchReport([run]))
        for page in [
            Page.render(batch, timeline: timeline),
            Page.render(
                HistoryReport(
                    records: 1, first: 1, violation: .init(invariant: evil, text: evil),
                    timeline: timeline), timeline: timeline),
        ] {
            #expect(!page.contains("<script") && !page.contains("<svg onload"))
            #expect(page.contains("&lt;script&gt;"))
        }
    }

    @Test("Nothing in it comes from elsewhere, and it says what the text says")
    func selfContained() throws {
        let (report, timeline) = smallRun(seed: 7, faults: [.powerLoss, .partition])
        let batch = try #require(BatchReport([report]))
        let page = Page.render(batch, timeline: timeline)
        for word in ["http:", "https:", "<script", "@import", "url(", "src="] {
            #expect(!page.contains(word), "\(word)")
        }
        #expect(page.hasPrefix("<!doctype html>"))
        #expect(page.contains("<svg") && page.contains("power-loss"))
        #expect(page.contains(report.brokeFirst.escaped))
        #expect(page == Page.render(batch, timeline: timeline))
    }

    @Test("A timeline without length or services is drawn all the same")
    func empty() {
        let timeline = Timeline(start: 0, end: 0)
        #expect(Plot(timeline: timeline).render().contains("</svg>"))
        #expect(!Plot(timeline: timeline).render().contains("nan"))
    }

    @Test(
        "Coordinates are short",
        arguments: [(1, "1"), (1.26, "1.3"), (-0.04, "0"), (-2.5, "-2.5")])
    func coordinates(value: Double, text: String) {
        #expect(coordinate(value) == text)
    }
}
