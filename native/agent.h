/* What the parts of the agent share. One process, one thread: the state is global. */
#ifndef KEELSON_AGENT_H
#define KEELSON_AGENT_H

#include "system.h"

/* A resident agent may watch hundreds of children. What is not used costs address space alone. */
enum { MAX_CHANNELS = 16, MAX_LISTENERS = 4, MAX_WATCHES = 1024, MAX_SOURCES = 12, MAX_SINKS = 32 };

struct channel {
	int fd;
	int poll;  /* place in this round's poll, see loop_poll */
	u8 failed; /* the last request failed: chained ones are answered with ECANCELED */
	u8 raw;	   /* became an end of a pump: no more requests after this answer */
};

extern struct channel channels[MAX_CHANNELS];
extern int channel_count;
extern u32 channel_requests; /* so many were received */

/* channel.c */
void channel_add(int fd);
void channel_serve(int index);
int channel_send(const struct channel *c, const void *frame, u64 size); /* 0: the peer has gone, or takes nothing */
void channel_broadcast(const void *frame, u32 size);
void channel_keep_only(int fd);
void channel_forget(void);

/* batch.c: runs the request in `buffer` and sends the answer. BORN: this process is a new child. */
enum batch_end { BATCH_LOST, BATCH_ANSWERED, BATCH_BORN };
enum batch_end batch_run(u8 *buffer, struct channel *channel);
void batch_forget(void);

/* watch.c */
long watch_add(int pidfd, int status_fd, int stay, const u8 *request, u64 size);
void watch_poll_add(void);
void watch_run(void);
int watch_must_stay(void);
u64 watch_deadline(void); /* when an exit is told at the latest, CLOCK_MONOTONIC; 0: none is due */
void watch_forget(void);

/* pump.c */
long pump_add(int in, int out, int log, u32 stream, int close_out);
void pump_poll_add(void);
void pump_run(void);
int pump_quiet(void); /* in the last round no output was there to move, nor is any on its way */
void pump_forget(void);

/* init.c */
__attribute__((noreturn)) void init_run(int pid);

/* front.c */
void front_name(char **argv);
void front_begin(char **argv, char **envp);
int front_go_on(void); /* 0: this process is no front, and has nothing left to do */

/* loop.c */
long loop_listen(int fd);
int loop_poll(int fd, short events); /* the place of this descriptor in the coming round */
short loop_events(int place);	     /* what happened there; 0 for place -1 */
int loop_is_shared(void);	     /* does more than one channel hang on this process? */
__attribute__((noreturn)) void loop_run(void);
void loop_forget(void);

#endif
