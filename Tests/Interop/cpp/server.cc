// gRPC's test service on C++ gRPC, with health and reflection: the peer of Muster's client.
//
//   server ADDRESS [lenient] [tls CERTIFICATE KEY AUTHORITY]
//
// Listens on ADDRESS, such as 127.0.0.1:0 or unix:/tmp/socket, and says so on standard output.
// With `lenient` it bears any number of pings; with `tls` clients have to prove themselves, unless
// AUTHORITY is `none`. Drains on SIGTERM, or when a client asks for it; what else clients may ask is
// in Tests/RPCPeer/Server/Controls.swift.

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "grpc/testing/test.grpc.pb.h"

// Not in a public header, but exported for gRPC's own tests of this.
uint32_t grpc_call_test_only_get_message_flags(grpc_call* call);
// The flags of a message that is compressed, and of one that was when it came.
constexpr uint32_t kCompressed = 0x80000000u | 0x40000000u;

namespace grpc::testing {

// A name that ServerContext has as a friend: looks at the flags of the last message.
class InteropServerContextInspector {
 public:
  explicit InteropServerContextInspector(const ServerContext& context) : context_(context) {}

  bool WasCompressed() const {
    return grpc_call_test_only_get_message_flags(context_.call_.call) & kCompressed;
  }

 private:
  const ServerContext& context_;
};

}  // namespace grpc::testing

namespace {

using grpc::ServerContext;
using grpc::Status;
using grpc::StatusCode;
using namespace grpc::testing;

std::atomic<bool> draining = false;

std::string Find(const ServerContext& context, const char* name) {
  auto found = context.client_metadata().find(name);
  if (found == context.client_metadata().end()) return "";
  return std::string(found->second.begin(), found->second.end());
}

void Echo(ServerContext* context) {
  auto& metadata = context->client_metadata();
  const char* initial = "x-grpc-test-echo-initial";
  const char* trailing = "x-grpc-test-echo-trailing-bin";
  if (metadata.count(initial)) context->AddInitialMetadata(initial, Find(*context, initial));
  if (metadata.count(trailing)) context->AddTrailingMetadata(trailing, Find(*context, trailing));
}

// Whether a message came as the client says that it did.
bool CameAs(const ServerContext& context, bool has_expectation, const BoolValue& expected) {
  if (!has_expectation) return true;
  return InteropServerContextInspector(context).WasCompressed() == expected.value();
}

Status Ending(const EchoStatus& wanted, const std::string& details = "") {
  return Status(static_cast<StatusCode>(wanted.code()), wanted.message(), details);
}

class Service final : public TestService::Service {
 public:
  grpc::HealthCheckServiceInterface* health = nullptr;

  Status EmptyCall(ServerContext*, const Empty*, Empty*) override { return Status::OK; }

  Status UnaryCall(
      ServerContext* context, const SimpleRequest* request, SimpleResponse* response) override {
    Echo(context);
    Obey(context);
    if (!CameAs(*context, request->has_expect_compressed(), request->expect_compressed())) {
      return Status(StatusCode::INVALID_ARGUMENT, "the message is not compressed as it should be");
    }
    if (request->has_response_status()) {
      return Ending(request->response_status(), Find(*context, "muster-test-details-bin"));
    }
    if (request->has_response_compressed()) {
      context->set_compression_algorithm(
          request->response_compressed().value() ? GRPC_COMPRESS_GZIP : GRPC_COMPRESS_NONE);
    }
    std::string delay = Find(*context, "muster-test-delay-ms");
    if (!delay.empty()) {
      Open open(this);
      std::this_thread::sleep_for(std::chrono::milliseconds(std::stoi(delay)));
    }
    response->mutable_payload()->set_body(std::string(request->response_size(), '\0'));
    return Status::OK;
  }

  Status StreamingOutputCall(
      ServerContext* context, const StreamingOutputCallRequest* request,
      grpc::ServerWriter<StreamingOutputCallResponse>* writer) override {
    Open open(this);
    Echo(context);
    return Answer(context, *request, writer);
  }

  Status StreamingInputCall(
      ServerContext* context, grpc::ServerReader<StreamingInputCallRequest>* reader,
      StreamingInputCallResponse* response) override {
    Open open(this);
    StreamingInputCallRequest request;
    int sum = 0;
    while (reader->Read(&request)) {
      if (!CameAs(*context, request.has_expect_compressed(), request.expect_compressed())) {
        return Status(StatusCode::INVALID_ARGUMENT, "a message is not compressed as it should be");
      }
      sum += request.payload().body().size();
    }
    response->set_aggregated_payload_size(sum);
    return Status::OK;
  }

  Status FullDuplexCall(
      ServerContext* context,
      grpc::ServerReaderWriter<StreamingOutputCallResponse, StreamingOutputCallRequest>* stream)
      override {
    Open open(this);
    Echo(context);
    StreamingOutputCallRequest request;
    while (stream->Read(&request)) {
      Status status = Answer(context, request, stream);
      if (!status.ok()) return status;
    }
    return Status::OK;
  }

  Status HalfDuplexCall(
      ServerContext* context,
      grpc::ServerReaderWriter<StreamingOutputCallResponse, StreamingOutputCallRequest>* stream)
      override {
    Open open(this);
    std::vector<StreamingOutputCallRequest> requests;
    StreamingOutputCallRequest request;
    while (requests.size() < 1'000 && stream->Read(&request)) requests.push_back(request);
    for (auto& kept : requests) {
      Status status = Answer(context, kept, stream);
      if (!status.ok()) return status;
    }
    return Status::OK;
  }

 private:
  std::atomic<int> open_ = 0;

  // Counts a call while it lives.
  struct Open {
    Service* service;
    explicit Open(Service* service) : service(service) { ++service->open_; }
    ~Open() { --service->open_; }
  };

  void Obey(ServerContext* context) {
    std::string word = Find(*context, "muster-test-control");
    if (word == "drain") draining = true;
    if (word == "serving" || word == "not-serving") {
      health->SetServingStatus("grpc.testing.TestService", word == "serving");
    }
    if (word == "open") context->AddTrailingMetadata("muster-test-open", std::to_string(open_));
  }

  template <class Writer>
  Status Answer(
      ServerContext* context, const StreamingOutputCallRequest& request, Writer* writer) {
    for (auto& wanted : request.response_parameters()) {
      if (wanted.compressed().value()) context->set_compression_algorithm(GRPC_COMPRESS_GZIP);
    }
    for (auto& wanted : request.response_parameters()) {
      std::this_thread::sleep_for(std::chrono::microseconds(wanted.interval_us()));
      StreamingOutputCallResponse response;
      response.mutable_payload()->set_body(std::string(wanted.size(), '\0'));
      grpc::WriteOptions options;
      if (wanted.has_compressed() && !wanted.compressed().value()) options.set_no_compression();
      if (!writer->Write(response, options)) break;
    }
    if (request.has_response_status()) return Ending(request.response_status());
    return Status::OK;
  }
};

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::shared_ptr<grpc::ServerCredentials> Tls(
    const std::string& certificate, const std::string& key, const std::string& authority) {
  grpc::SslServerCredentialsOptions options(
      authority == "none" ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                          : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_key_cert_pairs.push_back({ReadFile(key), ReadFile(certificate)});
  if (authority != "none") options.pem_root_certs = ReadFile(authority);
  return grpc::SslServerCredentials(options);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty()) return 2;
  std::signal(SIGTERM, [](int) { draining = true; });
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();

  Service service;
  int bound = 0;
  grpc::ServerBuilder builder;
  auto credentials = grpc::InsecureServerCredentials();
  for (size_t index = 1; index < arguments.size(); ++index) {
    if (arguments[index] == "lenient") {
      builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10);
      builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    } else if (arguments[index] == "tls" && index + 3 < arguments.size()) {
      credentials = Tls(arguments[index + 1], arguments[index + 2], arguments[index + 3]);
      index += 3;
    } else {
      return 2;
    }
  }
  builder.AddListeningPort(arguments[0], credentials, &bound);
  builder.RegisterService(&service);
  auto server = builder.BuildAndStart();
  if (!server) return 1;
  service.health = server->GetHealthCheckService();
  service.health->SetServingStatus("grpc.testing.TestService", true);
  std::cout << "listening on " << bound << std::endl;
  while (!draining) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));
  server->Wait();
  return 0;
}
