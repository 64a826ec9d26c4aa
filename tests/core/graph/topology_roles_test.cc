#include "core/graph/tasks.h"
#include "core/graph/topology.h"
#include "tests/support/catch.h"
#include "tests/support/graph_builder.h"
#include "tests/support/topology_reader.h"

namespace deepvision {
namespace {

Graph Classifier(const std::string& last) {
  GraphBuilder net({1, 8});
  const ValueId scores = net.Module("fc", "Linear", [&] { return net.Linear(net.input(), 5); });
  net.Output(last.empty() ? scores : net.Unary(last, scores));
  return std::move(net).Build();
}

Graph Segmenter(const std::string& path) {
  GraphBuilder net({1, 3, 8, 8});
  net.Output(net.Conv(net.input(), 21, 1), path);
  return std::move(net).Build();
}

TEST_CASE("a vector of scores means classification, maps of the input's size segmentation",
          "[graph][topology]") {
  CHECK(GuessTask(Classifier("")) == Task::kClassification);
  CHECK(GuessTask(Segmenter("")) == Task::kSegmentation);
  CHECK(GuessTask(Segmenter("out")) == Task::kSegmentation);
  GraphBuilder net({1, 3, 8, 8});
  net.Output(net.Conv(net.input(), 21, 3, 2));
  CHECK(GuessTask(std::move(net).Build()) == Task::kFeatures);
}

TEST_CASE("the entry 'out' of a dictionary is the primary output", "[graph][topology]") {
  GraphBuilder net({1, 3, 8, 8});
  const ValueId x = net.Conv(net.input(), 8, 3);
  net.Output(net.Conv(x, 21, 1), "aux");
  net.Output(net.Conv(x, 21, 1), "out");
  const Graph graph = std::move(net).Build();
  CHECK(PrimaryOutput(graph).path == "out");
  const LaidOutTopology made = Layers(graph);
  CHECK(NodeOf(made, "/conv2d@1").role == NodeRole::kOutput);
  CHECK(NodeOf(made, "/conv2d@2").role == NodeRole::kScores);
  CHECK(NodeOf(made, "/conv2d@2").units_are_classes);
}

TEST_CASE("scores get a node for their probabilities", "[graph][topology]") {
  const LaidOutTopology made = Layers(Classifier(""));
  CHECK(NodeOf(made, "fc").role == NodeRole::kScores);
  CHECK(NodeOf(made, "fc").units_are_classes);
  const TopologyNode derived = NodeOf(made, "probabilities");
  CHECK(derived.kind == NodeKind::kDerived);
  CHECK(derived.role == NodeRole::kProbabilities);
  CHECK(derived.head == "softmax");
  CHECK(derived.shape == Shape{5});
  CHECK(PredecessorsOf(made, "probabilities") == Names{"fc"});
  CHECK(made.values.back() == kNone);
}

TEST_CASE("a network that ends in softmax has scores and probabilities of its own",
          "[graph][topology]") {
  for (const std::string last : {"softmax", "sigmoid"}) {
    const Graph graph = Classifier(last);
    CHECK(GuessScoreActivation(graph) == ScoreActivation::kNone);
    const LaidOutTopology made = Layers(graph);
    CHECK(Ids(made) == Names{"input", "fc", "/" + last});
    CHECK(NodeOf(made, "fc").role == NodeRole::kScores);
    CHECK(NodeOf(made, "/" + last).role == NodeRole::kProbabilities);
    CHECK(NodeOf(Operators(graph), "fc/linear").role == NodeRole::kScores);
  }
}

TEST_CASE("log-softmax gives scores", "[graph][topology]") {
  const LaidOutTopology made = Layers(Classifier("log_softmax"));
  CHECK(Ids(made) == Names{"input", "/log_softmax", "probabilities"});
  CHECK(NodeOf(made, "/log_softmax").role == NodeRole::kScores);
}

TEST_CASE("the manifest's task and activation win over the guess", "[graph][topology]") {
  TopologyOptions options;
  options.score_activation = ScoreActivation::kSigmoid;
  CHECK(MakeTopology(Classifier(""), options).topology.nodes.back().head == "sigmoid");
  options.score_activation = ScoreActivation::kNone;
  CHECK(NodeOf(MakeTopology(Classifier(""), options), "fc").role == NodeRole::kScores);
  CHECK(MakeTopology(Classifier(""), options).topology.nodes.size() == 2);
  options.task = Task::kFeatures;
  CHECK(NodeOf(MakeTopology(Classifier(""), options), "fc").role == NodeRole::kOutput);
}

TEST_CASE("units are classes only when their number fits", "[graph][topology]") {
  TopologyOptions options;
  options.class_count = 4;
  CHECK_FALSE(NodeOf(MakeTopology(Classifier(""), options), "fc").units_are_classes);
  options.class_count = 5;
  CHECK(NodeOf(MakeTopology(Classifier(""), options), "fc").units_are_classes);
}

TEST_CASE("a single score is a sigmoid's", "[graph][topology]") {
  GraphBuilder net({1, 8});
  net.Output(net.Linear(net.input(), 1));
  CHECK(GuessScoreActivation(std::move(net).Build()) == ScoreActivation::kSigmoid);
}

TEST_CASE("a module called 'probabilities' keeps its name", "[graph][topology]") {
  GraphBuilder net({1, 8});
  net.Output(net.Module("probabilities", "Linear", [&] { return net.Linear(net.input(), 5); }));
  const LaidOutTopology made = Layers(std::move(net).Build());
  CHECK(Ids(made) == Names{"input", "probabilities", "probabilities/derived"});
}

TEST_CASE("a network that returns its input has an input with a role", "[graph][topology]") {
  GraphBuilder net({1, 8, 4, 4});
  net.Output(net.input(), "0");
  net.Output(net.Conv(net.input(), 4, 3, 2), "1");
  const LaidOutTopology made = Layers(std::move(net).Build());
  CHECK(NodeOf(made, "/conv2d").role == NodeRole::kOutput);
  CHECK(made.topology.nodes[0].role != NodeRole::kNone);
}

}  // namespace
}  // namespace deepvision
