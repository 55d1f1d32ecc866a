import Chaos
import Foundation
import SimulationReport
import Testing

@testable import muster

@Suite("What machines get of a failure test")
struct ChaosOutputTests {
    private func outcome(_ name: String, isMet: Bool) -> ChaosRun.Outcome {
        ChaosRun.Outcome(
            scenario: Scenario(name: name), seed: 7,
            evidence: Evidence(
                timeline: Timeline(start: 0, end: 1), faults: [], violation: nil, restedAfter: 0,
                leftBehind: [], stopped: 0),
            verdicts: [
                Verdict(
                    "tasks of \"web\"", bound: "≥ 6", measured: "lowest <3> & \u{1}", isMet: isMet)
            ], took: 1_500)
    }

    @Test("JUnit's XML is well formed whatever names say, and counts what failed")
    func junit() {
        let text = ChaosOutput.junit([
            outcome(#"<a> & "b""#, isMet: false), outcome("good", isMet: true),
        ])
        #expect(
            text.contains(
                #"<testsuite name="&lt;a&gt; &amp; &quot;b&quot;" tests="1" failures="1""#))
        #expect(text.contains(#"<testsuite name="good" tests="1" failures="0" time="1.5">"#))
        #expect(text.contains(#"name="tasks of &quot;web&quot; ≥ 6""#))
        #expect(text.contains(#"<failure message="lowest &lt;3&gt; &amp;  "/>"#))
        #expect(text.split(separator: "<failure").count == 2)
        #expect(text.hasSuffix("</testsuites>\n"))
    }

    @Test("JSON has each verdict, and whether all were met")
    func json() throws {
        let text = try ChaosOutput.json([outcome("good", isMet: true)])
        let runs = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]]
        #expect(runs?.first?["passed"] as? Bool == true)
        #expect(runs?.first?["seed"] as? Int == 7)
        let verdicts = runs?.first?["verdicts"] as? [[String: Any]]
        #expect(verdicts?.first?["measured"] as? String == "lowest <3> & \u{1}")
    }
}
