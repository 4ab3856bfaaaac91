#include <chrono>
#include <iostream>
#include <string>
#include <thread>

int main() {
    for (int step = 1; step <= 10; step++) {
        std::cout << "\033[3" << 1 + step % 6 << "m" << std::string(step, '#') << "\033[0m "
                  << step * 10 << " %" << std::endl;
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
    }
    std::cerr << "Warnings go to stderr.\n";
}
