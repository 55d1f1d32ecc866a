import Model

/// A client of the API: one request at a time, sent again with the same token until it is answered.
struct Client {
    struct Request {
        var number: Int
        var attempt: Int
        var command: Command
    }

    let number: Int
    var chance: Chance
    /// For what only some seeds have: capacity providers, task sets.
    var ideas: Chance
    /// What is to be asked next, before anything that comes to mind.
    var todo: [Command] = []
    var request: Request?
    /// How many of the plan's changes were asked for.
    var changesAsked = 0
    private var lastRequest = 0

    /// How often a request is sent before it is given up.
    static let attemptsMaximum = 12

    init(seed: UInt64, number: Int) {
        self.number = number
        chance = Chance(seed: seed, concern: "client", number: number)
        ideas = Chance(seed: seed, concern: "ideas", number: number)
    }

    mutating func begin(_ command: Command) -> Request {
        lastRequest += 1
        let request = Request(number: lastRequest, attempt: 1, command: command)
        self.request = request
        return request
    }
}
