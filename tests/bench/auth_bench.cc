// Prints what signing and verifying cost: auth_bench [seconds per line]
#include <chrono>
#include <cstdio>
#include <ctime>
int main() {}
