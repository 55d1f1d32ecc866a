import Testing

@testable import SimulationReport

@Suite("Numbers as people read them")
struct FigureTests {
    @Test(
        "Spans of time",
        arguments: [
            (0, "0ms"), (999, "999ms"), (1_000, "1s"), (4_149, "4.1s"), (59_960, "1m00s"),
            (125_000, "2m05s"), (3_720_000, "1h02m"),
        ] as [(Int64, String)])
    func spans(milliseconds: Int64, text: String) {
        #expect(Figures.span(milliseconds) == text)
    }

    @Test(
        "Moments",
        arguments: [(7_900, "0:07"), (725_000, "12:05"), (3_725_000, "1:02:05")]
            as [(Int64, String)])
    func moments(milliseconds: Int64, text: String) {
        #expect(Figures.moment(milliseconds) == text)
    }

    @Test("What is not whole never reads 100 percent")
    func percents() {
        #expect(Figures.percent(1) == "100 %")
        #expect(Figures.percent(0.999_999_9) == "99.999 %")
        #expect(Figures.percent(0.050_01) == "5.001 %")
        #expect(Figures.percent(0) == "0.000 %")
    }

    @Test("Medians")
    func medians() {
        #expect(Figures.median([]) == nil)
        #expect(Figures.median([1, 2, 9]) == 2 && Figures.median([1, 2]) == 1)
    }
}
