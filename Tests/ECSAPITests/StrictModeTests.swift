import ClusterState
import ECSAPI
import Foundation
import Model
import Testing

@Suite("A token bucket")
struct TokenBucketTests {
    private func at(_ milliseconds: Int64) -> Instant { Instant(milliseconds: milliseconds) }

    @Test(
        "gives its burst at once, and then as fast as it is refilled",
        arguments: [
            // burst, rate, when requests come in milliseconds, how many of them go through
            (20, 1, [Int64](repeating: 0, count: 21), 20),
            (20, 1, [Int64](repeating: 0, count: 21) + [999], 20),
            (20, 1, [Int64](repeating: 0, count: 21) + [1_000, 1_000], 21),
            (100, 40, (0..<200).map { $0 * 5 }, 139),
            (100, 40, (0..<100).map { $0 * 25 }, 100),
            (5, 1, (0..<12).map { $0 * 3_600_000 }, 12),
            (2, 1, [0, 0, 0, 3_600_000, 3_600_000, 3_600_000], 4),
            (1, 1, [], 0),
        ] as [(Int, Int, [Int64], Int)])
    func takes(_ burst: Int, _ rate: Int, _ times: [Int64], _ expected: Int) {
        var bucket = TokenBucket(.init(burst: burst, perSecond: rate), at: at(0))
        #expect(times.count { bucket.take(at: at($0)) } == expected)
    }

    @Test("loses nothing to a clock that stands still, or to one that was read out of order")
    func clocks() {
        var bucket = TokenBucket(.init(burst: 1, perSecond: 1), at: at(5_000))
        let answers = [6_000, 5_500, 6_500, 7_000, 7_000].map { bucket.take(at: at($0)) }
        #expect(answers == [true, false, false, true, false])
        #expect(!bucket.isFull(at: at(7_999)) && bucket.isFull(at: at(8_000)))
    }
}

@Suite("The rates of requests in strict mode")
struct RequestRateTests {
    private static let start = Instant(milliseconds: 7_000)

    /// How many calls go through at one moment.
    private func burst(_ operations: String..., region: String = "us-east-1") -> Int {
        var buckets = RequestBuckets()
        return (0..<1_000).count { number in
            buckets.throttled(
                operations[number % operations.count], region: region, at: Self.start) == nil
        }
    }

    @Test(
        "are those of ECS's categories",
        arguments: [
            ("CreateCluster", 20), ("DescribeClusters", 50), ("RegisterTaskDefinition", 20),
            ("DescribeTaskDefinition", 50), ("DeleteTaskDefinitions", 5),
            ("CreateCapacityProvider", 10), ("DescribeCapacityProviders", 50),
            ("TagResource", 20), ("ListTagsForResource", 50), ("PutAccountSetting", 10),
            ("ListAccountSettings", 50), ("RunTask", 100), ("DescribeTasks", 100),
            ("SubmitTaskStateChange", 200), ("CreateService", 50), ("DescribeServices", 100),
            ("DescribeServiceDeployments", 50), ("GetTaskProtection", 200),
        ])
    func categories(_ operation: String, _ expected: Int) {
        #expect(burst(operation) == expected)
    }

    @Test("are shared by the operations of a category and by no others")
    func shared() {
        #expect(burst("RunTask", "StopTask", "PutAttributes") == 100)
        #expect(burst("RunTask", "DescribeTasks") == 200)
        #expect(burst("NoSuchOperation") == 1_000, "ECS's front end does not know it")
    }

    @Test("belong to a region, and there is a bound of buckets")
    func regions() {
        var buckets = RequestBuckets(bucketsMaximum: 2)
        func calls(_ region: String, _ count: Int, at now: Instant) -> Int {
            (0..<count).count { _ in
                buckets.throttled("CreateCluster", region: region, at: now) == nil
            }
        }
        #expect(calls("a", 30, at: Self.start) == 20)
        #expect(calls("b", 30, at: Self.start) == 20)
        #expect(calls("c", 1, at: Self.start) == 0, "no room for its bucket")
        let later = Self.start + .seconds(20)
        #expect(calls("c", 30, at: later) == 20, "the others are full again, and as good as new")
    }

    @Test("say which category was exhausted")
    func named() {
        var buckets = RequestBuckets()
        let answers = (0..<11).map { _ in
            buckets.throttled("DeleteAccountSetting", region: "a", at: Self.start)
        }
        #expect(answers.last == .settingModify && answers.dropLast().allSatisfy { $0 == nil })
    }
}

@Suite("The page sizes of strict mode")
struct StrictPageTests {
    private func api(isStrict: Bool) -> API {
        var state = State()
        state.put(.cluster(Fixture.cluster))
        for number in 0..<15 {
            state.put(
                .capacityProvider(CapacityProviderAPITests.provider("p\(100 + number)")),
                .service(Fixture.service("s\(100 + number)", number: UInt64(number))))
        }
        let plane = FakeControlPlane(state)
        var api = API(plane)
        api.endpoint = ECSEndpoint(
            account: "123456789012", controlPlane: plane, isStrict: isStrict)
        return api
    }

    @Test(
        "are ECS's own",
        arguments: [
            ("DescribeCapacityProviders", "capacityProviders", 15, 10),
            ("ListServices", "serviceArns", 10, 10),
        ])
    func standard(_ operation: String, _ key: String, _ wide: Int, _ strict: Int) async throws {
        for (isStrict, expected) in [(false, wide), (true, strict)] {
            let answer = try await api(isStrict: isStrict).call(operation)
            #expect((value(answer, at: key) as? [Any])?.count == expected)
        }
    }

    @Test("bound maxResults")
    func maximum() async {
        let operation = "DescribeCapacityProviders"
        #expect(await api(isStrict: false).refusal(operation, #"{"maxResults": 100}"#) == nil)
        let refusal = await api(isStrict: true).refusal(operation, #"{"maxResults": 11}"#)
        #expect(refusal?.code == .invalidParameter)
        #expect(refusal?.message.hasSuffix("less than or equal to 10") == true)
        #expect(await api(isStrict: true).refusal(operation, #"{"maxResults": 10}"#) == nil)
    }
}
