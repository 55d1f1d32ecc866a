// The same service on C++ gRPC's asynchronous server: one completion queue, one thread.
//
// It ends when its standard input does.
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include "bench/v1/bench.grpc.pb.h"

namespace bench = muster::bench::v1;
using Service = bench::Bench::AsyncService;

namespace {

// What a completion is for. The queue's thread is the only one that touches any of this.
struct Step {
    virtual ~Step() = default;
    virtual void Done(bool ok) = 0;
};

struct Server {
    Service service;
    std::unique_ptr<grpc::ServerCompletionQueue> queue;
    std::set<class AssignmentsCall*> held;
    uint64_t push_revision = 0;
};

class HeartbeatCall : public Step {
  public:
    explicit HeartbeatCall(Server& server) : server_(server), responder_(&context_) {
        auto* queue = server.queue.get();
        server.service.RequestHeartbeat(&context_, &request_, &responder_, queue, queue, this);
    }

    void Done(bool ok) override {
        if (!ok || answered_) return delete this;
        new HeartbeatCall(server_);
        answered_ = true;
        bench::HeartbeatResponse answer;
        answer.set_sequence(request_.sequence());
        uint32_t running = 0;
        for (const auto& container : request_.containers())
            if (container.state() == bench::ContainerStatus::STATE_RUNNING) running++;
        answer.set_running(running);
        responder_.Finish(answer, grpc::Status::OK, this);
    }

  private:
    Server& server_;
    grpc::ServerContext context_;
    bench::HeartbeatRequest request_;
    grpc::ServerAsyncResponseWriter<bench::HeartbeatResponse> responder_;
    bool answered_ = false;
};

bench::Assignment MakeAssignment(uint64_t revision) {
    uint64_t task[2] = {revision, ~revision};
    bench::Assignment message;
    message.set_revision(revision);
    message.set_task(task, sizeof task);
    message.set_family("front-end");
    message.set_desired(1);
    return message;
}

class AssignmentsCall : public Step {
  public:
    explicit AssignmentsCall(Server& server)
        : server_(server), responder_(&context_), gone_(*this) {
        auto* queue = server.queue.get();
        context_.AsyncNotifyWhenDone(&gone_);
        server.service.RequestAssignments(&context_, &request_, &responder_, queue, queue, this);
    }

    void Done(bool ok) override {
        if (!ok && state_ == kWaiting) return delete this;
        if (state_ == kWaiting) {
            new AssignmentsCall(server_);
            pending_++;  // gone_ comes from now on
            state_ = kSending;
            left_ = request_.count();
            if (request_.hold()) {
                server_.held.insert(this);
                // What a client waits for to know that its stream is held.
                in_flight_ = true;
                return responder_.SendInitialMetadata(this);
            }
        } else if (state_ == kFinished) {
            return Release();
        }
        in_flight_ = false;
        if (!ok || is_gone_) return Finish(grpc::Status::CANCELLED);
        Next();
    }

    // One more message for a held stream.
    void Push(uint64_t revision) {
        revision_ = revision;
        left_++;
        if (!in_flight_) Next();
    }

  private:
    enum State { kWaiting, kSending, kFinished };

    // The end of the call, whoever ended it.
    struct Gone : Step {
        explicit Gone(AssignmentsCall& owner) : call(owner) {}
        void Done(bool) override { call.IsGone(); }
        AssignmentsCall& call;
    };

    void Next() {
        if (left_ == 0) {
            if (!request_.hold()) Finish(grpc::Status::OK);
            return;
        }
        left_--;
        in_flight_ = true;
        responder_.Write(MakeAssignment(revision_++), this);
    }

    void Finish(const grpc::Status& status) {
        if (state_ == kFinished) return;
        state_ = kFinished;
        server_.held.erase(this);
        pending_++;
        responder_.Finish(status, this);
    }

    void IsGone() {
        is_gone_ = true;
        if (state_ == kSending && !in_flight_) Finish(grpc::Status::CANCELLED);
        Release();
    }

    void Release() {
        if (--pending_ == 0) delete this;
    }

    Server& server_;
    grpc::ServerContext context_;
    bench::AssignmentsRequest request_;
    grpc::ServerAsyncWriter<bench::Assignment> responder_;
    Gone gone_;
    State state_ = kWaiting;
    uint64_t left_ = 0;
    uint64_t revision_ = 0;
    bool in_flight_ = false;
    bool is_gone_ = false;
    // Completions that still come: this call lives until the last one.
    int pending_ = 0;
};

class PushCall : public Step {
  public:
    explicit PushCall(Server& server) : server_(server), responder_(&context_) {
        auto* queue = server.queue.get();
        server.service.RequestPush(&context_, &request_, &responder_, queue, queue, this);
    }

    void Done(bool ok) override {
        if (!ok || answered_) return delete this;
        new PushCall(server_);
        answered_ = true;
        server_.push_revision++;
        for (auto* call : server_.held) call->Push(server_.push_revision);
        bench::PushResponse answer;
        answer.set_streams(static_cast<uint32_t>(server_.held.size()));
        responder_.Finish(answer, grpc::Status::OK, this);
    }

  private:
    Server& server_;
    grpc::ServerContext context_;
    bench::PushRequest request_;
    grpc::ServerAsyncResponseWriter<bench::PushResponse> responder_;
    bool answered_ = false;
};

}  // namespace

int main() {
    Server server;
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&server.service);
    server.queue = builder.AddCompletionQueue();
    std::unique_ptr<grpc::Server> running = builder.BuildAndStart();
    if (!running || port == 0) return 1;
    std::printf("listening %d\n", port);
    std::fflush(stdout);

    // Calls that wait for requests, so that none waits for a call to be made.
    for (int i = 0; i < 128; i++) new HeartbeatCall(server);
    for (int i = 0; i < 16; i++) new AssignmentsCall(server);
    new PushCall(server);

    std::thread([] {
        char byte;
        while (read(STDIN_FILENO, &byte, 1) > 0) {
        }
        _exit(0);
    }).detach();

    void* tag;
    bool ok;
    while (server.queue->Next(&tag, &ok)) static_cast<Step*>(tag)->Done(ok);
}
