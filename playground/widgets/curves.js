chart(element.querySelector(".chart"), props.plot, 260);
