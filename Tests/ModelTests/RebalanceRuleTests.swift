import Model
import Testing

@Suite("The tag muster:rebalance")
struct RebalanceRuleTests {
    @Test(
        "has these values",
        arguments: [
            ("instances", 5, 10), ("instances/1/0", 1, 0), ("instances/100/3600", 100, 3_600),
        ])
    func values(text: String, count: Int, seconds: Int) {
        let rule = RebalanceRule(text)
        #expect(rule?.count == count && rule?.pause == .seconds(seconds))
        #expect(RebalanceRule([Tag(key: RebalanceRule.tag, value: text)]) == rule)
    }

    @Test(
        "has no others",
        arguments: [
            "", "zones", "Instances", "instances/", "instances/5", "instances/0/1",
            "instances/101/1", "instances/1/3601", "instances/1/-1", "instances/1/2/3",
            "instances/x/1", "instances//",
        ])
    func others(text: String) {
        #expect(RebalanceRule(text) == nil)
    }
}
