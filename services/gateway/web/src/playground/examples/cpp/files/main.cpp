#include <cstdio>

#include "shapes.hpp"

int main() {
    std::printf("%8s: %6.2f\n", "circle", circle_area(2));
    std::printf("%8s: %6.2f\n", "square", square_area(3));
}
