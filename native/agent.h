/* What the parts of the agent share. One process, one thread: the state is global. */
#ifndef KEELSON_AGENT_H
#define KEELSON_AGENT_H

#include "system.h"

enum { MAX_CHANNELS = 16, MAX_LISTENERS = 4, MAX_WATCHES = 8, MAX_SOURCES = 12, MAX_SINKS = 32 };

struct channel {
	int fd;
	u8 failed; /* the last request failed: chained ones are answered with ECANCELED */
	u8 raw;	   /* became an end of a pump: no more requests after this answer */
};

extern struct channel channels[MAX_CHANNELS];
extern int channel_count;

/* channel.c */
void channel_add(int fd);
void channel_serve(int index);
void channel_broadcast(const void *frame, u32 size);
void channel_keep_only(int fd);

/* batch.c: runs the request in `buffer`, writes the reply to `out`, returns its size; 0: this process is a new child */
u32 batch_run(u8 *buffer, struct channel *channel, u8 *out);

/* watch.c */
long watch_add(int pidfd, int status_fd, int stay, const u8 *request, u64 size);
void watch_poll_add(void);
void watch_run(void);
int watch_must_stay(void);
void watch_forget(void);

/* pump.c */
long pump_add(int in, int out, int log, u32 stream, int close_out);
void pump_poll_add(void);
void pump_run(void);
void pump_drain(void);
void pump_forget(void);

/* init.c */
__attribute__((noreturn)) void init_run(int pid);

/* loop.c */
long loop_listen(int fd);
void loop_poll(int fd, short events);
int loop_polled(int fd, short events);
__attribute__((noreturn)) void loop_run(void);
void loop_forget(void);

#endif
