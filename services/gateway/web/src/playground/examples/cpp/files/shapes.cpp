#include "shapes.hpp"

double circle_area(double radius) { return 3.14159265358979 * radius * radius; }
double square_area(double side) { return side * side; }
