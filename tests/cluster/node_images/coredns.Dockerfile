FROM scratch AS coredns
COPY coredns /coredns
ENTRYPOINT ["/coredns"]
