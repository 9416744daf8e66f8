/* Calls the entry point of a statically linked service. */

int service_report(void);

int main(void) {
    return service_report();
}
