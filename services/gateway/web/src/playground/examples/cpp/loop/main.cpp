// Stop it with Cancel. Left alone, it is stopped after ten seconds.
#include <chrono>
#include <iostream>
#include <thread>

int main() {
    for (int beats = 1;; beats++) {
        std::cout << "still here " << beats << std::endl;
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
}
