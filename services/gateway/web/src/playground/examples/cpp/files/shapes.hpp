#pragma once

double circle_area(double radius);
double square_area(double side);
