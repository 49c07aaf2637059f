/* Loaded into an emulated program: the programs that it starts are emulated too. qemu's user mode would run them on the
   real processor. Taken out of the environment at once; what is started gets it back from the emulator's own -E. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static char emulator[512], processor[64], shim[512];

__attribute__((constructor)) static void take_settings(void)
{
    const char *named = getenv("EMULATED_PROCESSOR");
    snprintf(processor, sizeof processor, "%s", named ? named : "qemu64");
    snprintf(emulator, sizeof emulator, "/emulator/qemu-x86_64-static");
    snprintf(shim, sizeof shim, "LD_PRELOAD=/emulator/exec_shim.so");
    unsetenv("LD_PRELOAD");
}

int execve(const char *path, char *const arguments[], char *const variables[])
{
    static int (*real)(const char *, char *const[], char *const[]);
    static char named[96];
    int count = 0, place = 0;
    if (!real)
        real = (int (*)(const char *, char *const[], char *const[]))dlsym(RTLD_NEXT, "execve");
    while (arguments[count])
        count++;
    char **changed = malloc((count + 16) * sizeof(char *));
    snprintf(named, sizeof named, "EMULATED_PROCESSOR=%s", processor);
    changed[place++] = emulator;
    changed[place++] = "-cpu";
    changed[place++] = processor;
    changed[place++] = "-E";
    changed[place++] = shim;
    changed[place++] = "-E";
    changed[place++] = named;
    changed[place++] = "-0";
    changed[place++] = count ? arguments[0] : (char *)path;
    changed[place++] = (char *)path;
    for (int number = 1; number < count; number++)
        changed[place++] = arguments[number];
    changed[place] = NULL;
    return real(emulator, changed, variables);
}

int execv(const char *path, char *const arguments[])
{
    return execve(path, arguments, environ);
}

int execvp(const char *file, char *const arguments[])
{
    return execve(file, arguments, environ);
}

int execvpe(const char *file, char *const arguments[], char *const variables[])
{
    return execve(file, arguments, variables);
}
