import Model

/// Express Gateway services are load balancers with a service behind: there are none without.
extension Call {
    func expressGatewayService() throws(APIError) -> Never {
        throw unsupported(
            "Muster has no load balancers yet, which \(operation.rawValue) is about. Use services "
                + "without one: CreateService.")
    }

    func createExpressGatewayService(
        _ input: ECS.CreateExpressGatewayServiceRequest
    ) async throws(APIError) -> ECS.CreateExpressGatewayServiceResponse {
        try expressGatewayService()
    }

    func describeExpressGatewayService(
        _ input: ECS.DescribeExpressGatewayServiceRequest
    ) async throws(APIError) -> ECS.DescribeExpressGatewayServiceResponse {
        try expressGatewayService()
    }

    func updateExpressGatewayService(
        _ input: ECS.UpdateExpressGatewayServiceRequest
    ) async throws(APIError) -> ECS.UpdateExpressGatewayServiceResponse {
        try expressGatewayService()
    }

    func deleteExpressGatewayService(
        _ input: ECS.DeleteExpressGatewayServiceRequest
    ) async throws(APIError) -> ECS.DeleteExpressGatewayServiceResponse {
        try expressGatewayService()
    }
}
