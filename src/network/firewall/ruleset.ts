/** The table that is ours; no other is ever touched. */
export const TABLE = 'keelson';

/** Counts up with every change below, so that a table of an older version is replaced. */
export const RULESET_VERSION = 'rules 1';

/**
 * Everything that is the same for all bridges and containers, as `nft -f` reads it. What differs stands in sets and maps:
 * a container that publishes nothing adds nothing, and a published port is one element, found by hash and not by reading
 * through the rules. Loading it again keeps the elements (flush empties chains, not sets) and is one transaction.
 */
export const RULESET = `
add table inet ${TABLE}
flush table inet ${TABLE}
table inet ${TABLE} {
	set bridges { type ifname; }
	set same_bridge { type ifname . ifname; }
	set own4 { type ifname . ipv4_addr; flags interval; }
	set own6 { type ifname . ipv6_addr; flags interval; }
	map ports4 { type inet_proto . inet_service : ipv4_addr . inet_service; }
	map ports4_at { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
	map ports6 { type inet_proto . inet_service : ipv6_addr . inet_service; }
	map ports6_at { type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service; }

	# With route_localnet a container could reach what listens on the host's 127.0.0.1 alone (CVE-2020-8558).
	chain raw {
		type filter hook prerouting priority raw; policy accept;
		iifname @bridges ip daddr 127.0.0.0/8 drop
	}
	chain prerouting {
		type nat hook prerouting priority dstnat; policy accept;
		fib daddr type local jump published
	}
	chain output {
		type nat hook output priority -100; policy accept;
		fib daddr type local jump published
	}
	chain published {
		# The kernel lets nothing leave that comes from ::1. Unredirected it is refused, and askers go on to 127.0.0.1.
		ip6 daddr ::1 return
		dnat ip to ip daddr . meta l4proto . th dport map @ports4_at
		meta nfproto ipv4 dnat ip to meta l4proto . th dport map @ports4
		dnat ip6 to ip6 daddr . meta l4proto . th dport map @ports6_at
		meta nfproto ipv6 dnat ip6 to meta l4proto . th dport map @ports6
	}
	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		iifname @bridges oifname != @bridges masquerade
		# From the host's 127.0.0.1 to a published port: the container must not see an address that means itself.
		oifname @bridges ip saddr 127.0.0.0/8 masquerade
		# From a container through the host to a published port on the same bridge, its own perhaps: the answer must come
		# back this way. By address, because where br_netfilter is loaded a bridged packet has no incoming interface here.
		ct status dnat oifname . ip saddr @own4 masquerade
		ct status dnat oifname . ip6 saddr @own6 masquerade
	}
	chain forward {
		type filter hook forward priority filter; policy accept;
		oifname @bridges jump to_container
	}
	chain to_container {
		ct state established,related accept
		ct status dnat accept
		iifname . oifname @same_bridge accept
		drop
	}
}
`;
