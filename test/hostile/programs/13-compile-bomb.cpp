// Templates that ask for exponentially many others.
template <int N, int M> struct Bomb {
  static constexpr long value = Bomb<N - 1, M * 2>::value + Bomb<N - 1, M * 2 + 1>::value;
};
template <int M> struct Bomb<0, M> { static constexpr long value = M; };
int main() { return Bomb<26, 1>::value; }
