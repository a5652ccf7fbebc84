/* A terminal that shows one text again and again in place, such as a live table. Runs on the host. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

/* Start from SCREEN_NONE. */
struct screen {
	int out;     /* -1: not entered */
	int in;      /* -1: no terminal that keys come from */
	int signals; /* a signalfd */
	struct termios saved;
};

#define SCREEN_NONE ((struct screen){ .out = -1, .in = -1, .signals = -1 })

/* The size of the terminal at fd; 80 columns and 24 lines when it does not tell. */
void screen_size(int fd, unsigned int *ret_columns, unsigned int *ret_lines);

/* Takes the terminal at out, and keys from in when that is a terminal, too: shows an empty screen without a cursor and
 * catches signals (interrupt_watch()). screen_leave() puts back what was there before. */
int screen_enter(struct screen *screen, int in, int out, struct error *err);
void screen_leave(struct screen *screen);

/* Shows n bytes of text from the top of the screen on. Lines must not be wider than the screen, and there must not be
 * more of them than it has. Returns 0, or -1 with errno. */
int screen_show(const struct screen *screen, const char *text, size_t n);

enum screen_event {
	SCREEN_DUE,     /* the time is over */
	SCREEN_CHANGED, /* the size has changed, or the terminal is this process's again: show the text again */
	SCREEN_END,     /* the user wants to end: SIGINT, or the key q */
};

/* Waits at most timeout_ms milliseconds. Returns a screen_event. Errors: "interrupted by SIGTERM" and the like. */
int screen_wait(struct screen *screen, long timeout_ms, struct error *err);
