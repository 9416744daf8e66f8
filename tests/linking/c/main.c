/* A C program that a static library is linked into. */

int service_report(void);

int main(void) {
    return service_report();
}
