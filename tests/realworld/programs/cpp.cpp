// SPDX-License-Identifier: Apache-2.0
// A small world of towns and roads, with what C++'s own library offers: containers, strings,
// streams, algorithms, numbers as text. Prints the same in both worlds, whatever the library.
#include <algorithm>
#include <array>
#include <bitset>
#include <charconv>
#include <chrono>
#include <complex>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <functional>
#include <iomanip>
#include <iostream>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <sstream>
#include <streambuf>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

namespace {

/// Says when it goes, so that the order of construction and destruction shows.
struct Witness {
  explicit Witness(std::string name) : name(std::move(name)) {}
  ~Witness() { std::cout << name << " goes\n" << std::flush; }
  std::string name;
};
const Witness kGlobal("global");

class Shape {
 public:
  virtual ~Shape() = default;
  [[nodiscard]] virtual double area() const = 0;
};
class Named {
 public:
  virtual ~Named() = default;
  [[nodiscard]] virtual std::string name() const { return "unnamed"; }
};
class Square : public Shape, public Named {
 public:
  explicit Square(double side) : side_(side) {}
  [[nodiscard]] double area() const override { return side_ * side_; }
  [[nodiscard]] std::string name() const override { return "square"; }

 private:
  double side_;
};

struct Road {
  std::size_t to;
  std::uint32_t length;
};

class Map {
 public:
  Map(std::size_t towns, std::uint32_t seed) : roads_(towns) {
    std::mt19937 numbers(seed);
    for (std::size_t from = 0; from < towns; ++from)
      for (int i = 0; i < 4; ++i)
        roads_[from].push_back(
            {numbers() % towns, 1 + static_cast<std::uint32_t>(numbers() % 1000)});
  }

  [[nodiscard]] std::vector<std::optional<std::uint64_t>> distances(std::size_t from) const {
    using Entry = std::pair<std::uint64_t, std::size_t>;
    std::vector<std::optional<std::uint64_t>> found(roads_.size());
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
    queue.emplace(0, from);
    while (!queue.empty()) {
      const auto [length, town] = queue.top();
      queue.pop();
      if (found[town]) continue;
      found[town] = length;
      for (const Road& road : roads_[town])
        if (!found[road.to]) queue.emplace(length + road.length, road.to);
    }
    return found;
  }

 private:
  std::vector<std::list<Road>> roads_;
};

void travel() {
  const Map map(20'000, 42);
  const auto distances = map.distances(0);
  const auto reached = std::count_if(distances.begin(), distances.end(),
                                     [](const auto& distance) { return distance.has_value(); });
  std::uint64_t sum = 0;
  for (const auto& distance : distances) sum = sum * 31 + distance.value_or(7);
  std::cout << reached << " towns reached, " << std::hex << std::showbase << sum << std::dec
            << '\n';
}

void words(std::istream& in) {
  std::unordered_map<std::string, std::set<int>> lines;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    std::istringstream parts(line);
    for (std::string word; parts >> word;) lines[word].insert(number);
  }
  std::vector<std::pair<std::string_view, std::size_t>> ranking;
  for (const auto& [word, where] : lines) ranking.emplace_back(word, where.size());
  std::sort(ranking.begin(), ranking.end(), [](const auto& a, const auto& b) {
    return std::tie(b.second, a.first) < std::tie(a.second, b.first);
  });
  std::cout << ranking.size() << " words\n";
  for (std::size_t i = 0; i < std::min<std::size_t>(ranking.size(), 30); ++i)
    std::cout << std::setw(20) << std::left << ranking[i].first << std::right << std::setfill('.')
              << std::setw(8) << ranking[i].second << std::setfill(' ') << '\n';
}

/// A calculator's expressions: numbers, and operations on them.
struct Operation;
using Expression = std::variant<double, std::shared_ptr<Operation>>;
struct Operation {
  char sign;
  Expression left, right;
};

double value(const Expression& expression) {
  struct Visitor {
    double operator()(double number) const { return number; }
    double operator()(const std::shared_ptr<Operation>& operation) const {
      static const std::map<char, std::function<double(double, double)>> kSigns{
          {'+', std::plus<>()},
          {'-', std::minus<>()},
          {'*', std::multiplies<>()},
          {'/', [](double a, double b) { return a / b; }}};
      return kSigns.at(operation->sign)(value(operation->left), value(operation->right));
    }
  };
  return std::visit(Visitor(), expression);
}

Expression parsed(std::string_view& text) {
  const auto first = text.find_first_not_of(' ');
  text.remove_prefix(first);
  if (text.front() != '(') {
    double number = 0;
    const auto end = std::min(text.find_first_of(" )"), text.size());
    std::istringstream(std::string(text.substr(0, end))) >> number;
    text.remove_prefix(end);
    return number;
  }
  auto operation = std::make_shared<Operation>();
  operation->sign = text[1];
  text.remove_prefix(2);
  operation->left = parsed(text);
  operation->right = parsed(text);
  text.remove_prefix(1);
  return operation;
}

void calculate() {
  for (std::string_view text :
       {"(+ 1 2)", "(* (- 10 2.5) (/ 1 3))", "(/ 1 0)", "(- 0 (/ 1 0))", "1e-7"}) {
    std::cout << text << " = ";
    const double result = value(parsed(text));
    std::array<char, 64> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), result);
    std::cout << result << ' ' << std::scientific << std::setprecision(12) << result << ' '
              << std::defaultfloat << std::setprecision(6) << std::string(digits.data(), end) << ' '
              << std::hexfloat << result << std::defaultfloat << '\n';
  }
}

void algorithms() {
  std::vector<int> numbers(5000);
  std::mt19937_64 random(7);
  std::generate(numbers.begin(), numbers.end(),
                [&] { return static_cast<int>(random() % 100'000); });
  auto sorted = numbers;
  std::stable_sort(sorted.begin(), sorted.end(), [](int a, int b) { return a % 1000 < b % 1000; });
  std::nth_element(numbers.begin(), numbers.begin() + 2500, numbers.end());
  std::cout << numbers[2500] << ' '
            << std::accumulate(sorted.begin(), sorted.end(), 0LL,
                               [](long long sum, int n) { return sum * 3 + n; })
            << '\n';
  std::string letters = "abcd";
  int permutations = 0;
  std::deque<std::string> some;
  do {
    if (++permutations % 5 == 0) some.push_front(letters);
  } while (std::next_permutation(letters.begin(), letters.end()));
  for (const std::string& each : some) std::cout << each << ' ';
  std::bitset<100> primes;
  primes.set();
  for (std::size_t i = 2; i < primes.size(); ++i)
    for (std::size_t k = 2 * i; k < primes.size(); k += i) primes.reset(k);
  std::cout << permutations << ' ' << primes.count() << '\n' << primes << '\n';
  std::cout << std::complex<double>(3, 4) * std::complex<double>(0, 1) << ' ' << std::gcd(1071, 462)
            << ' ' << std::numeric_limits<long long>::min() << '\n';
}

void inherit() {
  const std::unique_ptr<Shape> shape = std::make_unique<Square>(1.5);
  const auto* named = dynamic_cast<const Named*>(shape.get());
  std::cout << named->name() << ' ' << shape->area() << ' '
            << (dynamic_cast<const Square*>(named) != nullptr) << '\n';
}

/// A C file as a stream: libc++ for WASI comes without file streams of its own.
class File : public std::streambuf {
 public:
  File(const std::string& path, const char* mode) : file_(std::fopen(path.c_str(), mode)) {
    setp(buffer_.data(), buffer_.data() + buffer_.size());
  }
  File(const File&) = delete;
  ~File() override {
    File::sync();
    if (file_ != nullptr) std::fclose(file_);
  }
  [[nodiscard]] bool is_open() const { return file_ != nullptr; }

 protected:
  int_type overflow(int_type next) override {
    if (File::sync() != 0) return traits_type::eof();
    return traits_type::eq_int_type(next, traits_type::eof())
               ? traits_type::not_eof(next)
               : sputc(traits_type::to_char_type(next));
  }
  int_type underflow() override {
    const std::size_t count = is_open() ? std::fread(buffer_.data(), 1, buffer_.size(), file_) : 0;
    if (count == 0) return traits_type::eof();
    setg(buffer_.data(), buffer_.data(), buffer_.data() + count);
    return traits_type::to_int_type(buffer_.front());
  }
  int sync() override {
    const auto count = static_cast<std::size_t>(pptr() - pbase());
    setp(buffer_.data(), buffer_.data() + buffer_.size());
    return count == 0 || (is_open() && std::fwrite(buffer_.data(), 1, count, file_) == count) ? 0
                                                                                              : -1;
  }

 private:
  std::FILE* file_;
  std::array<char, 300> buffer_{};
};

/// Writes a table to a file and reads it back.
bool files(const std::string& path) {
  {
    File file(path, "wb");
    std::ostream out(&file);
    for (int i = 0; i < 200; ++i)
      out << i << '\t' << std::fixed << std::setprecision(3) << i / 7.0 << '\n';
  }
  File file(path, "rb");
  std::istream in(&file);
  double sum = 0;
  int number = 0;
  for (double value = 0; in >> number >> value;) sum += number * value;
  std::cout << path << ": " << number << ", " << std::setprecision(10) << sum << '\n';
  return !File("missing", "rb").is_open();
}

}  // namespace

int main(int count, char** arguments) {
  const Witness witness("main's");
  const auto start = std::chrono::steady_clock::now();
  words(std::cin);
  travel();
  calculate();
  algorithms();
  inherit();
  const bool good = count > 1 && files(arguments[1]);
  std::cerr << std::boolalpha << (std::chrono::steady_clock::now() >= start) << '\n';
  return good ? 0 : 4;
}
