#include <iostream>
#include <string>

int main(int argc, char **argv) {
    std::string greeting = argc > 1 ? argv[1] : "Hello";
    for (std::string name; std::getline(std::cin, name);) {
        std::cout << greeting << ", " << name << "!\n";
    }
}
