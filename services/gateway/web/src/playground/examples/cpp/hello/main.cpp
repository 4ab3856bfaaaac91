#include <iostream>

int main() {
    std::cout << "Hello from a sandbox that was warm before you asked.\n";
}
