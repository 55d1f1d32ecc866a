import QueryLanguage
import Testing

@Suite("The cluster query language")
struct QueryTests {
    @Test(
        "an instance meets an expression or not (section 11)",
        arguments: [
            // Every subject of ECS's guide with every kind of operator it takes.
            ("agentConnected == true", true),
            ("agentConnected != true", false),
            ("agentConnected in [false]", false),
            ("agentConnected =~ t.*", true),
            ("agentVersion == 1.20", true),
            ("agentVersion >= 1.9.3", true),
            ("agentVersion < 1.20.1", true),
            ("agentVersion greater_than 1.20.0", false),
            ("ec2InstanceId == i-0abc", true),
            ("ec2InstanceId in ['i-0abc', 'i-1abc']", true),
            ("ec2InstanceId not_in [i-0abc]", false),
            ("ec2InstanceId matches i-[0-9a-f]+", true),
            ("registeredAt == 2018-06-18T22:28:28+00:00", true),
            ("registeredAt == 2018-06-18T22:28:28Z", true),
            ("registeredAt == 2018-06-18T22:28:28", true),
            ("registeredAt == 2018-06-19T00:28:28+02:00", true),
            ("registeredAt > 2018-06-18", true),
            ("registeredAt < 2018-06-18", false),
            ("registeredAt less_than_equal 2018-06-19", true),
            ("runningTasksCount == 2", true),
            ("runningTasksCount greater_than_equal 3", false),
            ("runningTasksCount != 3", true),
            ("task:group == service:web", true),
            ("task:group == service:db", false),
            ("task:group != service:db", true),
            ("task:group in [service:db, family:cron]", true),
            ("task:group =~ service:.*", true),
            ("task:group !~ service:.*", false),
            ("attribute:ecs.availability-zone == us-east-1a", true),
            ("attribute:ecs.availability-zone in [us-east-1b, us-east-1a]", true),
            ("attribute:ecs.availability-zone !in ['us-east-1b']", true),
            ("attribute:ecs.instance-type =~ t2.*", true),
            ("attribute:ecs.instance-type =~ t2", false),
            ("attribute:ecs.instance-type not_matches g2.*", true),
            ("attribute:stack exists", true),
            ("attribute:ssd exists", true),
            ("attribute:gpu !exists", true),
            ("attribute:gpu not_exists", true),
            ("attribute:rank > 9", true),
            ("attribute:rank less_than 9", false),
            ("attribute:stack > dev", true),
            // Without the attribute, what is not so holds, and what is so does not.
            ("attribute:gpu == a", false),
            ("attribute:gpu != a", true),
            ("attribute:gpu !in [a]", true),
            ("attribute:gpu =~ .*", false),
            ("attribute:gpu < 1", false),
            // Compound ones.
            ("not(task:group == service:db)", true),
            ("not (task:group equals service:web)", false),
            ("!(task:group == service:web)", false),
            ("!attribute:gpu exists", true),
            ("not not attribute:stack exists", true),
            ("attribute:stack == prod and attribute:rank == 10", true),
            ("attribute:stack == prod && attribute:rank == 11", false),
            ("attribute:stack == dev or attribute:rank == 10", true),
            ("attribute:stack == dev || attribute:rank == 11", false),
            // not before and before or.
            ("attribute:rank == 10 or attribute:stack == prod and attribute:gpu exists", true),
            ("(attribute:rank == 10 or attribute:stack == prod) and attribute:gpu exists", false),
            ("not attribute:stack == dev and attribute:rank == 10", true),
            ("not (attribute:stack == dev and attribute:rank == 10)", true),
            ("not attribute:stack == prod or attribute:rank == 10", true),
            ("((attribute:stack == prod))", true),
            // Space where it may be, and where it may be left out.
            ("  attribute:stack==prod&&attribute:rank==10  ", true),
            ("attribute:stack in [ 'a' ,prod ]", true),
            ("attribute:stack == 'prod'", true),
            ("attribute:stack == ''", false),
            ("attribute:ssd == ''", true),
            ("(attribute:stack == prod)and(attribute:rank == 10)", true),
            ("attribute:stack == and or attribute:rank == 10", true),
        ])
    func meets(text: String, expected: Bool) throws {
        let query = try ClusterQuery(text)
        #expect(query.isMet(by: Toy()) == expected)
        let clause = try #require(query.clause)
        let again = try ClusterQuery("\(clause)")
        #expect(again.clause == clause)
        #expect((query.obstacle(for: Toy()) == nil) == expected)
    }

    @Test(
        "compares versions part by part",
        arguments: [
            ("1.9", "1.10", true), ("1.10", "1.9", false), ("1.2", "1.2.0", false),
            ("1.2.0-beta", "1.2.1", true), ("1.2+build7", "1.3", true), ("dev", "9", false),
            ("", "9", false),
        ])
    func versions(own: String, other: String, isLess: Bool) throws {
        var toy = Toy()
        toy.agentVersion = own
        #expect(try ClusterQuery("agentVersion < \(other)").isMet(by: toy) == isLess)
    }

    @Test(
        "names what an instance does not meet",
        arguments: [
            ("attribute:stack == prod and attribute:rank > 10", "attribute:rank > 10"),
            ("attribute:gpu exists and attribute:rank > 10", "attribute:gpu exists"),
            (
                "attribute:stack == prod and (attribute:gpu exists or attribute:rank > 10)",
                "attribute:gpu exists or attribute:rank > 10"
            ),
            ("not(task:group == service:web)", "not(task:group == service:web)"),
            (
                "(attribute:stack exists and attribute:a exists) and attribute:b exists",
                "attribute:a exists"
            ),
        ])
    func obstacles(text: String, part: String) throws {
        #expect(try ClusterQuery(text).obstacle(for: Toy())?.description == part)
    }

    @Test("is equal by its text, and kept as it")
    func text() throws {
        let query = try ClusterQuery("attribute:a == b")
        #expect(query == ClusterQuery(accepted: "attribute:a == b"))
        #expect(query.description == "attribute:a == b")
        #expect(!query.reads(.taskGroup) && query.reads(.attribute("a")))
        let groups = try ClusterQuery(
            "not(task:group == b) or task:group in [c, d] and attribute:a == e")
        #expect(groups.reads(.taskGroup) && !groups.matchesGroups)
        #expect(groups.namedGroups == ["b", "c", "d"])
        #expect(groups.reads(group: "c") && !groups.reads(group: "e"))
        let pattern = try ClusterQuery("task:group =~ x.*")
        #expect(pattern.matchesGroups && pattern.namedGroups.isEmpty)
        #expect(pattern.reads(group: "xy") && !pattern.reads(group: "y"))
    }

    @Test("a text from elsewhere that can't be parsed is met by nobody")
    func accepted() {
        let query = ClusterQuery(accepted: "attribute:a ==")
        #expect(query.clause == nil)
        #expect(!query.isMet(by: Toy()))
        #expect(query.obstacle(for: Toy()) == nil)
    }
}
