/* Loads the shared libraries in its arguments and calls their entry points, if any. */

#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        void *library = dlopen(argv[i], RTLD_NOW | RTLD_LOCAL);
        if (library == NULL) {
            fprintf(stderr, "%s\n", dlerror());
            return 1;
        }
        int (*report)(void) = (int (*)(void))dlsym(library, "service_report");
        if (report != NULL && report() != 0) {
            return 1;
        }
    }
    return 0;
}
